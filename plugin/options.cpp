// SPDX-License-Identifier: Apache-2.0
#include "plugin/options.hpp"

#include <charconv>
#include <set>

#include "topics/names.hpp"

namespace rollcall::plugin {
namespace {

constexpr std::string_view kKnown =
    "bridge_username, bridge_password_file, topic_prefix, broker_name, activity_interval and open_broker";

std::string quoted(std::string_view name, std::string_view value) {
  return "plugin_opt_" + std::string(name) + " \"" + std::string(value) + "\": ";
}

Result<void> set(Options& options, const std::string& name, const std::string& value,
                 const SecretReader& read_secret) {
  if (name == "bridge_username") {
    if (value.empty()) return fail(quoted(name, value) + "must not be empty");
    options.bridge_username = value;
  } else if (name == "bridge_password_file") {
    auto secret = read_secret(value);
    if (!secret) return fail("plugin_opt_" + name + ": " + secret.error().message);
    options.bridge_secret = *std::move(secret);
  } else if (name == "topic_prefix") {
    auto prefix = checked_prefix(value);
    if (!prefix) return fail("plugin_opt_" + name + ": " + prefix.error().message);
    options.topic_prefix = *std::move(prefix);
  } else if (name == "broker_name") {
    if (value.size() > 256) return fail(quoted(name, value) + "is longer than 256 bytes");
    options.broker_name = value;
  } else if (name == "activity_interval") {
    constexpr std::uint32_t kMaxSeconds = 86'400;
    const auto* end = value.data() + value.size();
    const auto parsed = std::from_chars(value.data(), end, options.activity_interval_seconds);
    if (parsed.ec != std::errc{} || parsed.ptr != end || options.activity_interval_seconds > kMaxSeconds) {
      return fail(quoted(name, value) + "must be whole seconds from 0 (off) to 86400");
    }
  } else if (name == "open_broker") {
    if (value == "auto") {
      options.open_broker = OpenBroker::automatic;
    } else if (value == "yes") {
      options.open_broker = OpenBroker::yes;
    } else if (value == "no") {
      options.open_broker = OpenBroker::no;
    } else {
      return fail(quoted(name, value) + "must be auto, yes or no");
    }
  } else {
    return fail("plugin_opt_" + name + ": there is no such option; the options are " + std::string(kKnown));
  }
  return {};
}

}  // namespace

Result<Options> parse_options(const std::vector<std::pair<std::string, std::string>>& pairs,
                              const SecretReader& read_secret) {
  Options options;
  std::set<std::string> seen;
  for (const auto& [name, value] : pairs) {
    if (!seen.insert(name).second) return fail("plugin_opt_" + name + ": is given twice");
    if (auto done = set(options, name, value, read_secret); !done) return tl::make_unexpected(done.error());
  }
  return options;
}

}  // namespace rollcall::plugin
