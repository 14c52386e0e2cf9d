// SPDX-License-Identifier: Apache-2.0
// The object `incident`.
#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/quoting.hpp"
#include "bridge/core/config/config_sections.hpp"

namespace rollcall {
namespace {

std::optional<IncidentGroup> parse_group(std::string_view text) {
  constexpr std::string_view kAddress = "address/";
  if (text == "broker") return IncidentGroup{IncidentGroup::Kind::broker, 0};
  if (text == "gateway") return IncidentGroup{IncidentGroup::Kind::gateway, 0};
  if (!text.starts_with(kAddress)) return std::nullopt;
  text.remove_prefix(kAddress.size());
  unsigned bits = 0;
  const auto* const end = text.data() + text.size();
  const auto [rest, problem] = std::from_chars(text.data(), end, bits);
  if (problem != std::errc() || rest != end || bits < 1 || bits > 128) return std::nullopt;
  return IncidentGroup{IncidentGroup::Kind::address, bits};
}

void read_groups(const ConfigValue& value, std::vector<IncidentGroup>& to) {
  to.clear();
  const auto items = value.items();
  if (items.empty()) value.refuse("must name at least one kind of group");
  for (const auto& item : items) {
    const auto text = item.text(kMaxNameBytes);
    if (!text) continue;
    const auto group = parse_group(*text);
    if (!group) {
      item.refuse(fmt::format(
          R"(must be "broker", "gateway" or "address/" and 1 to 128 bits such as "address/24", not {})",
          in_quotes(*text)));
      continue;
    }
    if (std::find(to.begin(), to.end(), *group) != to.end()) {
      item.refuse(fmt::format("names {} twice", in_quotes(*text)));
    }
    to.push_back(*group);
  }
}

}  // namespace

void read_incident(const ConfigValue& value, const ConfigNames& names, Config& config) {
  IncidentConfig incident;
  value.read_object<kIncidentKeys>({
      {"devices",
       [&](const ConfigValue& each) {
         if (const auto count = each.whole_number()) incident.devices = static_cast<std::uint64_t>(*count);
       }},
      {"within", [&](const ConfigValue& each) { assign(incident.within, each.duration()); }},
      {"by", [&](const ConfigValue& each) { read_groups(each, incident.by); }},
      {"channels", [&](const ConfigValue& each) { incident.channels = read_channels(each, names); }},
  });
  config.notify.incident = incident;
}

}  // namespace rollcall
