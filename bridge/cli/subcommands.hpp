// SPDX-License-Identifier: Apache-2.0
// The subcommands that need no running bridge, one .cpp each; asking.hpp has the others, and command_line.hpp
// reads the command line and calls them. Each returns the exit code and writes results to `out`, errors to
// `err`.
#pragma once

#include <istream>
#include <ostream>
#include <string>

#include "base/time.hpp"

namespace rollcall::cli {

/// As in sysexits.h.
enum ExitCode : int { kOk = 0, kUsage = 64, kUnavailable = 69, kInternal = 70, kConfiguration = 78 };

struct CheckOptions {
  std::string config_file = "rollcall.json";
  bool json = false;
};
/// `rollcall check`: reads the configuration and says what is wrong with it, or what it holds.
int run_check(const CheckOptions& options, std::ostream& out, std::ostream& err);

struct SimulateOptions {
  std::string config_file;  ///< empty: the empty configuration
  std::string template_name = "default";
  std::string scenario_file;  ///< "-": standard input
  bool json = false;
  bool notifications = false;  ///< prints who is told, too
};
/// `rollcall simulate`: drives the engine through a scenario, with no broker.
int run_simulate(const SimulateOptions& options, std::istream& in, std::ostream& out, std::ostream& err);

struct DiagramOptions {
  std::string config_file;  ///< empty: the empty configuration
  std::string template_name = "default";
  bool mermaid = false;     ///< else SVG
  std::string output_file;  ///< empty: `out`
};
/// `rollcall diagram`: a template as a picture.
int run_diagram(const DiagramOptions& options, std::ostream& out, std::ostream& err);

struct ExplainOptions {
  std::string device;
  std::string config_file = "rollcall.json";
  bool json = false;
};
/// `rollcall explain`: why a device has the status that it has, from the bridge's store alone.
int run_explain(const ExplainOptions& options, Time now, std::ostream& out, std::ostream& err);

struct NotifyTestOptions {
  std::string channel;
  std::string config_file = "rollcall.json";
};
/// `rollcall notify-test`: sends one notification by a channel, and says what came back.
int run_notify_test(const NotifyTestOptions& options, Time now, std::ostream& out, std::ostream& err);

struct BridgeOptions {
  std::string config_file = "rollcall.json";
};
/// `rollcall bridge`: the daemon. Returns on SIGTERM or SIGINT.
int run_bridge(const BridgeOptions& options, std::ostream& err);

}  // namespace rollcall::cli
