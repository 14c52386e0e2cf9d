// SPDX-License-Identifier: Apache-2.0
// The plugin's options (`plugin_opt_…` in mosquitto.conf).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace rollcall::plugin {

/// What to do on Mosquitto 2.0 where nobody else decides (docs/broker-behaviour.md, "Answers").
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

/// Reads the bridge's secret (base/secret_file.hpp; tests have their own).
using SecretReader = std::function<Result<std::string>(const std::string& path)>;

/// `pairs`: names as the broker gives them, without `plugin_opt_`, in the order of its configuration. The
/// error names the option and what would be right.
Result<Options> parse_options(const std::vector<std::pair<std::string, std::string>>& pairs,
                              const SecretReader& read_secret);

}  // namespace rollcall::plugin
