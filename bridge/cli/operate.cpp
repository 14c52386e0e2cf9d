// SPDX-License-Identifier: Apache-2.0
// `rollcall set` and `rollcall forget`: what an operator asks of the bridge that runs with this
// configuration.
#include <string>

#include "base/duration.hpp"
#include "base/quoting.hpp"
#include "bridge/adapters/control/control_socket.hpp"
#include "bridge/adapters/system/read_config.hpp"
#include "bridge/cli/commands.hpp"
#include "bridge/core/pipeline/operator_request.hpp"

namespace rollcall::cli {
namespace {

int ask(const std::string& config_file, const OperatorRequest& request, const std::string& name,
        std::ostream& err) {
  const auto give_up = [&](int exit_code, const std::string& why) {
    err << "rollcall " << name << ": " << why << '\n';
    return exit_code;
  };
  const auto config = read_config(config_file);
  if (!config) return give_up(kConfiguration, config.error().message);
  const auto answer = ask_bridge(control_socket_path(config->store_path), to_json(request));
  if (!answer) return give_up(kUnavailable, answer.error().message);
  const auto done = parse_operator_answer(*answer);
  if (!done) return give_up(kUsage, done.error().message);
  if (!done->empty()) err << "rollcall " << name << ": " << *done << '\n';
  return kOk;
}

}  // namespace

int run_set(const SetOptions& options, std::ostream& out, std::ostream& err) {
  const auto misused = [&](const std::string& why) {
    err << "rollcall set: " << why << '\n';
    return kUsage;
  };
  OperatorRequest request;
  request.device = options.device;
  request.status = options.status;
  request.hold = options.hold;
  if (!options.wait.empty()) {
    const auto wait = parse_duration(options.wait);
    if (!wait) return misused("--for: " + wait.error().message);
    request.wait = *wait;
  }
  if (options.release) {
    if (!options.status.empty() || !options.wait.empty() || options.hold) {
      return misused("--release takes back what was set: no STATUS, --for or --hold goes with it");
    }
    request.what = OperatorRequest::What::release;
  } else if (options.status.empty()) {
    return misused("a STATUS is missing, or --release");
  }
  const int code = ask(options.config_file, request, "set", err);
  if (code != kOk) return code;
  if (options.release) {
    out << quoted_unless_plain(options.device) << " is released\n";
  } else {
    out << quoted_unless_plain(options.device) << " is set to " << options.status
        << (request.wait ? " for " + format_duration(*request.wait) : "")
        << (options.hold ? ", and held" : "") << '\n';
  }
  return kOk;
}

int run_forget(const ForgetOptions& options, std::ostream& out, std::ostream& err) {
  OperatorRequest request;
  request.what = OperatorRequest::What::forget;
  request.device = options.device;
  const int code = ask(options.config_file, request, "forget", err);
  if (code == kOk) out << quoted_unless_plain(options.device) << " is forgotten\n";
  return code;
}

}  // namespace rollcall::cli
