// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/query/device_filter.hpp"

#include <algorithm>

#include "base/lower_case.hpp"

namespace rollcall {
namespace {

bool fits(const std::optional<bool>& wanted, bool is) { return !wanted || *wanted == is; }

bool fits(const std::set<std::string, std::less<>>& wanted, std::string_view is) {
  return wanted.empty() || wanted.find(is) != wanted.end();
}

template <typename Device>
bool has_one_of(const std::set<std::uint32_t>& brokers, const Device& device) {
  bool has = false;
  device.for_each_client([&](std::uint32_t broker, std::string_view /*client_id*/,
                             std::string_view /*address*/) { has = has || brokers.contains(broker); });
  return has;
}

bool has_part(const DeviceSummary& device, std::string_view part) {
  if (contains_any_case(device.device(), part)) return true;
  bool has = false;
  device.for_each_client([&](std::uint32_t /*broker*/, std::string_view client_id, std::string_view address) {
    has = has || contains_any_case(client_id, part) || contains_any_case(address, part);
  });
  return has;
}

}  // namespace

bool contains_any_case(std::string_view text, std::string_view part) {
  return std::search(text.begin(), text.end(), part.begin(), part.end(),
                     [](char c, char wanted) { return lower_case(c) == wanted; }) != text.end();
}

DeviceTraits traits_of(const DeviceSummary& device, Time now) {
  DeviceTraits traits;
  traits.status = device.status();
  traits.template_name = device.template_name();
  traits.connected = device.is_connected();
  traits.flapping = device.is_flapping();
  traits.muted = device.is_muted(now);
  traits.text = lower_case(device.device()) + '\0';
  device.for_each_client([&](std::uint32_t broker, std::string_view client_id, std::string_view address) {
    traits.brokers.push_back(broker);
    traits.text.append(lower_case(client_id)).append(1, '\0').append(lower_case(address)).append(1, '\0');
  });
  return traits;
}

bool matches(const DeviceFilter& filter, const DeviceSummary& device, Time now) {
  return fits(filter.connected, device.is_connected()) && fits(filter.flapping, device.is_flapping()) &&
         fits(filter.statuses, device.status()) && fits(filter.templates, device.template_name()) &&
         (!filter.muted || *filter.muted == device.is_muted(now)) &&
         (filter.brokers.empty() || has_one_of(filter.brokers, device)) &&
         (filter.part.empty() || has_part(device, filter.part));
}

bool matches(const DeviceFilter& filter, const DeviceTraits& device) {
  const auto is_at = [&](std::uint32_t broker) { return filter.brokers.contains(broker); };
  return fits(filter.connected, device.connected) && fits(filter.flapping, device.flapping) &&
         fits(filter.statuses, device.status) && fits(filter.templates, device.template_name) &&
         fits(filter.muted, device.muted) &&
         (filter.brokers.empty() || std::any_of(device.brokers.begin(), device.brokers.end(), is_at)) &&
         device.text.find(filter.part) != std::string::npos;
}

}  // namespace rollcall
