// SPDX-License-Identifier: Apache-2.0
// One subcommand that asks the bridge: what it says on standard error, and which exit code comes of an
// answer.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bridge/cli/bridge_api.hpp"
#include "bridge/cli/console.hpp"
#include "bridge/cli/text/json_members.hpp"

namespace rollcall::cli {

class Caller {
 public:
  /// All must outlive it. `name`: of the subcommand.
  Caller(std::string name, Console& console, BridgeApi& api)
      : name_(std::move(name)), console_(console), api_(api) {}

  Console& console() const { return console_; }
  BridgeApi& api() const { return api_; }

  /// Asks, and returns the JSON of the answer; null for one without a body. Prints the answer's warning.
  Outcome<Json> get(const std::string& path) { return ask("GET", path); }
  Outcome<Json> ask(const std::string& method, const std::string& path,
                    const std::optional<Json>& body = std::nullopt);

  /// Prints why it can't go on, and returns the exit code.
  int give_up(const Failure& failure) const;
  int refuse(const std::string& mistake) const;  ///< of whoever typed it
  /// Prints a line for people to standard error.
  void note(const std::string& line) const;

 private:
  const std::string name_;
  Console& console_;
  BridgeApi& api_;
};

/// Returns the question; a body is sent as JSON.
HttpQuestion question_of(std::string method, std::string path, const std::optional<Json>& body);

/// Returns what an answer that isn't a success means.
Failure failure_of(const HttpReply& reply);
/// Returns what it means that there was no answer.
Failure unreachable(const BridgeApi& api, const Error& error);
/// Returns the JSON of an answer, or why there is none.
Outcome<Json> json_of(const BridgeApi& api, const Result<HttpReply>& reply);

/// "/api/v1/devices/pump%207", and what comes behind it, such as "/status".
std::string device_path(std::string_view device, std::string_view rest = {});

}  // namespace rollcall::cli
