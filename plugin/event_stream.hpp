// SPDX-License-Identifier: Apache-2.0
// The sending end of `$ds/event` (docs/protocol.md): numbers records, collects them into messages, and
// publishes these. Runs on the broker's thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "plugin/broker.hpp"
#include "topics/protocol/stream.hpp"

namespace rollcall::plugin {

class EventStream {
 public:
  /// `boot` is drawn anew each time the broker loads the plugin. `broker` must outlive the stream.
  EventStream(Broker& broker, std::uint64_t boot, std::string topic);

  const std::string& topic() const { return topic_; }

  /// Adds a record with the next number. A full message is sent at once, the rest by flush().
  void add(const StreamRecord& record);

  /// Sends what has been added; nothing if there is nothing.
  void flush();

  /// Returns the message that flush() would send; the caller sends it. Empty if there is nothing to send.
  std::optional<std::string> take_message();

  /// Sends a heartbeat if none was sent for a second, during the five seconds after the last records.
  void beat();

  /// Sets the request that the header of all further messages acknowledges. flush() sends it even if no
  /// record goes with it.
  void set_progress(std::uint32_t session, std::uint64_t last_request);

  /// Sends one record outside the numbered stream, to a session that is not or no longer served.
  void send_unnumbered(std::uint32_t session, std::uint64_t last_request, const StreamRecord& record);

  /// While no bridge listens, nothing is sent, but records are still numbered.
  void set_listening(bool listening);
  bool is_listening() const { return is_listening_; }

  bool has_unsent() const { return batch_.count() > 0 || progress_is_unsent_; }

  /// Counts the numbered messages that the stream itself has sent; those of take_message() don't count.
  std::uint64_t sent_count() const { return sent_count_; }

 private:
  void send_batch();
  std::string take_batch();

  Broker& broker_;
  const std::uint64_t boot_;
  const std::string topic_;
  StreamBatch batch_;
  std::uint64_t next_number_ = 1;  // of the next record to be added
  std::uint32_t session_ = 0;
  std::uint64_t last_request_ = 0;
  bool progress_is_unsent_ = false;
  bool is_listening_ = false;
  std::uint64_t sent_count_ = 0;
  Millis last_records_{0}, last_sent_{0};  // when
};

}  // namespace rollcall::plugin
