// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/config/advice.hpp"

#include <set>

#include <fmt/format.h>

#include "base/quoting.hpp"

namespace rollcall {
namespace {

/// True if every client id makes a device by it, whoever comes from wherever.
bool lets_anybody_in(const DeviceRule& rule) {
  const auto is_open = [](const std::optional<Pattern>& pattern) {
    return !pattern || pattern->matches_everything();
  };
  return !rule.ignore && !rule.report_topic && !rule.address && is_open(rule.client_id) &&
         is_open(rule.username) && !(rule.username && rule.username->captures_device());
}

}  // namespace

std::vector<std::string> advice_for(const Config& config) {
  std::vector<std::string> advice;
  std::set<std::string, std::less<>> named;
  for (std::size_t index = 0; index < config.devices.size(); ++index) {
    const auto& rule = config.devices[index];
    if (!lets_anybody_in(rule)) continue;
    const std::string name = rule.template_name.value_or("default");
    const auto* const definition = config.find_template(name);
    if (definition == nullptr || definition->statuses.back().forget_after || !named.insert(name).second)
      continue;
    const auto rule_name = config.devices == DeviceRules(default_device_rules())
                               ? std::string("without \"devices\" every client is a device")
                               : fmt::format("devices[{}] makes a device of every client", index);
    advice.push_back(
        fmt::format("{}, and template {} forgets none: if the broker lets anybody in, set forget_after on "
                    "the last status of {}",
                    rule_name, in_quotes(name), in_quotes(name)));
  }
  return advice;
}

}  // namespace rollcall
