// SPDX-License-Identifier: Apache-2.0
// Messages that are sent to devices: refused, kept while a device is away, and given to it when it is back,
// as the bridge says. Runs on the broker's thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "plugin/broker.hpp"
#include "plugin/command_delivery.hpp"
#include "plugin/command_log.hpp"
#include "plugin/command_table.hpp"
#include "plugin/event_stream.hpp"
#include "plugin/rate_limit.hpp"
#include "topics/protocol/requests.hpp"

namespace rollcall::plugin {

/// A message as the broker has accepted it.
struct PublishedMessage {
  std::string_view topic, payload;
  std::uint8_t qos = 0;
  const void* properties = nullptr;  ///< the broker's, for Broker::properties()
};

class Commands {
 public:
  /// Both must outlive it.
  Commands(Broker& broker, EventStream& stream)
      : broker_(broker),
        stream_(stream),
        delivery_(broker, [this](const stream::Delivered& answer) { stream_.add(answer); }) {}

  // For every message of the broker's.
  /// False: nothing is refused, and nothing kept.
  bool is_on() const { return table_.is_on(); }
  /// False: published() need not be called.
  bool is_keeping() const { return table_.has_queued(); }
  /// True, and counted: a message on this topic is to be refused, whoever publishes it.
  bool refuse(std::string_view topic);
  /// A message was accepted. `of_publisher`: counts what is kept of it.
  void published(const PublishedMessage& message, RateLimit& of_publisher);

  // For every delivery of the broker's.
  bool wants_reads() const { return log_.is_unsettled() || delivery_.is_under_way(); }
  /// The broker is about to give this to `client`. False: it mustn't.
  bool may_read(ClientHandle client, std::string_view topic, std::string_view payload);

  /// This client has asked for a subscription. True if the bridge is to know.
  bool is_queued_client(std::string_view client_id) const { return table_.is_queued_client(client_id); }

  // What the bridge asks for.
  void execute(request::CommandTopics& topics) { table_.begin(std::move(topics.topics)); }
  void execute(const request::DeviceCommands& changes) { table_.change(changes); }
  /// False: not in this turn.
  bool execute(const request::DeliverCommand& command) { return delivery_.deliver(command); }
  void execute(const request::CommandsKept& kept) { log_.kept(kept.through, kept.again); }

  /// A turn of the broker's loop is over. Without ticks: a request has come.
  void end_turn(bool is_tick);

  /// True while something waits for the next tick.
  bool is_busy() const { return wants_reads() || (stream_.is_listening() && log_.has_unemitted()); }

  std::uint64_t dropped_count() const { return log_.dropped_count(); }
  std::uint64_t left_out_count() const { return table_.left_out_count(); }

 private:
  void emit_counts(Millis now);

  Broker& broker_;
  EventStream& stream_;
  CommandTable table_;
  CommandLog log_;
  CommandDelivery delivery_;
  stream::CommandCounts counts_, emitted_counts_;
  Millis counts_emitted_at_{0};
};

}  // namespace rollcall::plugin
