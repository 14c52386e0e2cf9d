// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/lifecycle/operator_actions.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/quoting.hpp"
#include "bridge/core/lifecycle/declaration.hpp"
#include "topics/names.hpp"

namespace rollcall {

Result<std::size_t> OperatorActions::known(std::string_view device) const {
  const auto index = data_.devices.find(device);
  if (!index) return fail("no device is known as " + in_quotes(device));
  return *index;
}

Result<void> OperatorActions::apply(const SetStatus& action) {
  const auto index = known(action.device);
  if (!index) return tl::make_unexpected(index.error());
  Device& device = data_.devices[*index];
  const auto status = device.definition->find_status(action.status);
  if (!status) return fail(no_such_status(action.status, *device.definition));

  const bool is_same = device.shown() == *status;
  const std::string_view shown = device.shown_definition().key;
  OperatorStatus set{*status, is_same ? device.shown_since() : data_.now,
                     is_same ? device.shown_previous() : shown, std::nullopt, action.hold};
  if (action.wait) set.until = data_.now + *action.wait;
  waits_.release(*index);
  device.set = std::make_unique<OperatorStatus>(set);
  if (!is_same) {
    device.latest = std::max(device.latest, data_.now);
    transitions_.record(device, "transition", data_.now, shown, TransitionCause{"set"});
  }
  waits_.arm(*index);
  data_.devices.touch(*index);
  return {};
}

Result<void> OperatorActions::apply(const ReleaseStatus& action) {
  const auto index = known(action.device);
  if (!index) return tl::make_unexpected(index.error());
  Device& device = data_.devices[*index];
  if (!device.set) {
    return fail("there is nothing to release: no operator has set the status of " + in_quotes(action.device));
  }
  while (waits_.is_over(device)) chain_.emit_due(*index);  // what it would have come to by now

  const OperatorStatus set = *std::exchange(device.set, nullptr);
  const std::string_view shown = device.definition->statuses[set.status].key;
  if (device.status == set.status) {
    device.since = set.since;
    device.previous = set.previous;
  } else {
    device.latest = std::max(device.latest, data_.now);
    transitions_.enter(*index, device.status, data_.now, shown, TransitionCause{"released"});
  }
  waits_.arm(*index);
  data_.devices.touch(*index);
  return {};
}

Result<void> OperatorActions::apply(const ForgetDevice& action) {
  const auto index = known(action.device);
  if (!index) return tl::make_unexpected(index.error());
  if (data_.devices[*index].is_connected()) {
    return fail(in_quotes(action.device) + " is connected: only a device that is away can be forgotten");
  }
  chain_.forget(*index, data_.now);
  return {};
}

Result<void> OperatorActions::apply(const RegisterDevice& action) {
  if (data_.devices.find(action.device)) return fail(in_quotes(action.device) + " is known already");
  const TemplateDefinition* const definition = data_.templates.find(action.template_name);
  if (definition == nullptr) {
    std::vector<std::string_view> names;
    for (const TemplateDefinition& each : data_.templates.all()) names.emplace_back(each.name);
    return fail("there is no template " + in_quotes(action.template_name) + "; it must be one of " +
                quoted_list(names));
  }
  const auto index = data_.devices.find_or_add(action.device);
  if (!index) {
    return fail(in_quotes(action.device) +
                " can't be the id of a device: it must be UTF-8, not empty, and of at most " +
                std::to_string(kMaxDeviceIdBytes) + " bytes, " + std::to_string(kMaxEncodedDeviceIdBytes) +
                " where it is percent-encoded");
  }
  Device& device = data_.devices[*index];
  device.definition = definition;
  device.status = static_cast<std::uint32_t>(*definition->find_status("offline"));
  device.since = device.latest = data_.now;
  device.last_end.at = Time::min();
  transitions_.record(device, "transition", data_.now, {}, TransitionCause{"registered"});
  data_.devices.touch(*index);
  return {};
}

Result<void> OperatorActions::apply(const MuteDevice& action) {
  const auto index = known(action.device);
  if (!index) return tl::make_unexpected(index.error());
  data_.muted_until.insert_or_assign(*index, action.until.value_or(Time::max()));
  data_.devices.change(*index);
  return {};
}

Result<void> OperatorActions::apply(const UnmuteDevice& action) {
  const auto index = known(action.device);
  if (!index) return tl::make_unexpected(index.error());
  if (data_.muted_until.erase(*index) > 0) data_.devices.change(*index);
  return {};
}

}  // namespace rollcall
