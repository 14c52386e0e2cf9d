// SPDX-License-Identifier: Apache-2.0
// What the log says about the link to one broker: a line for each change, however often it is tried, and a
// reminder every ten minutes for as long as there is no link.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include <spdlog/logger.h>

#include "bridge/adapters/mqtt/link.hpp"
#include "bridge/core/config/config.hpp"

namespace rollcall {

/// What the lines name besides the broker.
struct LinkLogNames {
  std::string client_id;    ///< of the bridge there
  std::string config_file;  ///< where the bridge's side can be changed
};

/// One thread. Times come from the steady clock, so that a step of the wall clock changes nothing.
class LinkLog {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// `log` must outlive it.
  LinkLog(spdlog::logger& log, const BrokerConfig& broker, LinkLogNames names);

  void connected(Time now);
  /// `detail`: in the broker's or the library's words, may be empty. `retry_in`: when the link tries again.
  void failed(LinkFailure failure, const std::string& detail, std::chrono::milliseconds retry_in, Time now);
  /// Something that isn't about being connected or not.
  void warn(const std::string& what);

 private:
  std::string words_for(LinkFailure failure, const std::string& detail) const;

  spdlog::logger& log_;
  const std::string broker_, address_, username_;
  const LinkLogNames names_;
  bool is_connected_ = false;
  std::string failure_;          ///< the last one that was logged; empty: none since it was connected
  Time logged_at_{};             ///< when that was
  std::optional<Time> lost_at_;  ///< when the link was lost; nothing: it isn't, or there was none yet
};

}  // namespace rollcall
