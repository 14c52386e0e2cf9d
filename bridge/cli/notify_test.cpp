// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <future>
#include <random>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/quoting.hpp"
#include "bridge/adapters/curl/curl_sender.hpp"
#include "bridge/adapters/system/read_config.hpp"
#include "bridge/cli/subcommands.hpp"
#include "bridge/core/channels/channel_message.hpp"
#include "bridge/core/channels/message_values.hpp"
#include "bridge/core/channels/retry_rules.hpp"
#include "bridge/daemon/read_secrets.hpp"

namespace rollcall::cli {
namespace {

/// As of a device that there is none of.
NotificationRecord sample(Time now) {
  Notification notification;
  std::random_device random;
  notification.id = notification_id(random(), "rollcall-test", "status", "offline", now);
  notification.device = "rollcall-test";
  notification.status = "offline";
  notification.label = "Offline";
  notification.previous = "online";
  notification.cause = "keepalive_timeout";
  notification.text = "This is a test of Rollcall's notifications; no device is offline";
  notification.template_name = "default";
  notification.at = now;
  return record_of(notification);
}

SendResult send(OutgoingMessage message) {
  std::promise<SendResult> ended;
  CurlSender sender([&](SendResult result) { ended.set_value(std::move(result)); });
  sender.send(std::move(message));
  return ended.get_future().get();
}

}  // namespace

int run_notify_test(const NotifyTestOptions& options, Time now, std::ostream& out, std::ostream& err) {
  auto config = read_config(options.config_file);
  auto secrets = config ? read_secrets(*config) : Result<Secrets>();
  if (!config || !secrets) {
    err << (config ? secrets.error() : config.error()).message << '\n';
    return kConfiguration;
  }
  const auto& channels = config->channels;
  const auto found = std::find_if(channels.begin(), channels.end(),
                                  [&](const ChannelConfig& each) { return each.name == options.channel; });
  if (found == channels.end()) {
    std::vector<std::string_view> names;
    for (const auto& each : channels) names.push_back(each.name);
    err << fmt::format("rollcall notify-test: {} has no channel {}{}{}\n", options.config_file,
                       in_quotes(options.channel), names.empty() ? "" : "; there: ", quoted_list(names));
    return kUsage;
  }
  const auto result =
      send(channel_message(*found, secrets->channels[found->name], sample(now), "urn:rollcall:test", now));
  const bool is_delivered = verdict_of(result, found->mail.has_value()) == Verdict::delivered;
  (is_delivered ? out : err) << fmt::format("{} ({}): {} after {} ms: {}\n", found->name, found->host(),
                                            is_delivered ? "delivered" : "not delivered", result.took.count(),
                                            described(result));
  return is_delivered ? kOk : kUnavailable;
}

}  // namespace rollcall::cli
