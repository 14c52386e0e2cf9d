// SPDX-License-Identifier: Apache-2.0
// `rollcall notifications` and `rollcall incidents`.
#include <fmt/format.h>

#include "base/quoting.hpp"
#include "bridge/cli/asking.hpp"
#include "bridge/cli/row_pages.hpp"
#include "bridge/cli/subcommands.hpp"
#include "bridge/cli/text/notification_text.hpp"
#include "bridge/core/http/target.hpp"

namespace rollcall::cli {
namespace {

int retry(const NotificationsOptions& options, Caller& caller) {
  const auto retried =
      caller.ask("POST", fmt::format("/api/v1/notifications/{}/retry", percent_encoded(options.retry)));
  if (!retried) return caller.give_up(retried.error());
  if (options.json) {
    caller.console().out << json_line(*retried) << '\n';
  } else {
    caller.console().out << in_quotes(options.retry) << ": is tried again\n";
  }
  return kOk;
}

}  // namespace

int run_notifications(const NotificationsOptions& options, Caller& caller) {
  if (!options.retry.empty()) return retry(options, caller);
  std::string path = "/api/v1/notifications";
  const auto add = [&path](const char* name, const std::string& value) {
    if (value.empty()) return;
    path += path.find('?') == std::string::npos ? '?' : '&';
    path += fmt::format("{}={}", name, percent_encoded(value));
  };
  add("device", options.device);
  add("result", options.result);
  return print_rows({path, "notifications", "notification", options.limit, options.json, notifications_table},
                    caller);
}

int run_incidents(const IncidentsOptions& options, Caller& caller) {
  return print_rows(
      {"/api/v1/incidents", "incidents", "incident", options.limit, options.json, incidents_table}, caller);
}

}  // namespace rollcall::cli
