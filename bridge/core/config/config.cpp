// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/config/config.hpp"

#include <algorithm>

namespace rollcall {
namespace {

IsTemplate templates_of(const Config& config) {
  return [&config](std::string_view name) { return config.find_template(name) != nullptr; };
}

}  // namespace

std::string_view to_string(OnConflict on_conflict) {
  return on_conflict == OnConflict::refuse ? "refuse" : "take_over";
}

const TemplateDefinition* Config::find_template(std::string_view name) const {
  const auto found = std::find_if(templates.begin(), templates.end(),
                                  [&](const TemplateDefinition& each) { return each.name == name; });
  return found == templates.end() ? nullptr : &*found;
}

std::optional<DeviceIdentity> identify(const Config& config, const ClientIdentity& client) {
  return config.devices.identify(templates_of(config), client);
}

std::optional<DeviceIdentity> identify_report(const Config& config, const ClientIdentity& client,
                                              std::string_view topic) {
  constexpr bool kIsRetained = false;
  return config.devices.identify_report(templates_of(config), client, topic, kIsRetained);
}

std::vector<DeviceRule> default_device_rules() {
  const auto rule = [](std::string_view client_id, bool ignore) {
    DeviceRule made;
    made.client_id = Pattern::parse(client_id).value();
    made.ignore = ignore;
    return made;
  };
  return {rule("mosq-*", true), rule("auto-*", true), rule("{device}", false)};
}

}  // namespace rollcall
