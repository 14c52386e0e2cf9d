// SPDX-License-Identifier: Apache-2.0
#include "bridge/daemon/link_log.hpp"

#include <utility>

#include <fmt/format.h>

#include "base/duration.hpp"

namespace rollcall {
namespace {

constexpr std::chrono::minutes kRemindEvery{10};

}  // namespace

LinkLog::LinkLog(spdlog::logger& log, const BrokerConfig& broker, LinkLogNames names)
    : log_(log),
      broker_(broker.name),
      address_(fmt::format("{}:{}", broker.host, broker.port)),
      username_(broker.username),
      names_(std::move(names)) {}

void LinkLog::connected(Time now) {
  if (is_connected_) return;
  std::string gap;
  if (lost_at_) {
    gap = " again after " + format_duration(std::chrono::round<std::chrono::seconds>(now - *lost_at_));
  }
  log_.info("broker \"{}\" at {}: connected{}", broker_, address_, gap);
  is_connected_ = true;
  failure_.clear();
  lost_at_.reset();
}

void LinkLog::failed(LinkFailure failure, const std::string& detail, std::chrono::milliseconds retry_in,
                     Time now) {
  if (std::exchange(is_connected_, false)) lost_at_ = now;
  auto words = words_for(failure, detail);
  if (words == failure_ && now - logged_at_ < kRemindEvery) return;
  log_.warn("broker \"{}\" at {}: {}{}; retrying in {} s", broker_, address_,
            words == failure_ ? "still " : "", words, static_cast<double>(retry_in.count()) / 1000);
  failure_ = std::move(words);
  logged_at_ = now;
}

void LinkLog::warn(const std::string& what) { log_.warn("broker \"{}\": {}", broker_, what); }

std::string LinkLog::words_for(LinkFailure failure, const std::string& detail) const {
  switch (failure) {
    case LinkFailure::unreachable:
      return fmt::format("unreachable ({})", detail);
    case LinkFailure::login_refused:
      return fmt::format(
          "login of user \"{}\" refused ({}). Compare brokers[].password_file with that broker's "
          "plugin_opt_bridge_password_file. Where clientid_prefixes is set there, set brokers[].client_id to "
          "one that begins so; it is \"{}\" now",
          username_, detail, names_.client_id);
    case LinkFailure::retain_refused:
      return fmt::format(
          "connection refused ({}): statuses are retained messages. Set retain_available true there", detail);
    case LinkFailure::qos_refused:
      return fmt::format("connection refused ({}). Set max_qos to 1 or more there, or status_qos to 0 in {}",
                         detail, names_.config_file);
    case LinkFailure::lost:
    case LinkFailure::renewed:
      break;
  }
  return detail.empty() ? "connection lost" : fmt::format("connection lost ({})", detail);
}

}  // namespace rollcall
