// SPDX-License-Identifier: Apache-2.0
// The plugin's options (`plugin_opt_…` in mosquitto.conf).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace rollcall::plugin {

/// Whether Mosquitto 2.0 gets fallback callbacks (docs/decisions/0005): where they are needed, everywhere, or
/// nowhere.
enum class OpenBroker { automatic, yes, no };

struct Options {
  std::string bridge_username = "rollcall";
  std::string bridge_secret;  ///< empty: nobody can be the bridge
  std::string topic_prefix = "ds";
  std::string broker_name;
  std::uint32_t activity_interval_seconds = 10;  ///< 0: activity is never emitted
  OpenBroker open_broker = OpenBroker::automatic;

  bool operator==(const Options&) const = default;
};

/// Reads the bridge's secret: base/secret_file.hpp, or a fake in tests.
using SecretReader = std::function<Result<std::string>(const std::string& path)>;

/// Returns the options. `pairs`: names without `plugin_opt_` and values, in the order of the configuration.
/// The error names the option and what would be right.
Result<Options> parse_options(const std::vector<std::pair<std::string, std::string>>& pairs,
                              const SecretReader& read_secret);

}  // namespace rollcall::plugin
