// SPDX-License-Identifier: Apache-2.0
// Who may speak for which device: what the plugins go by, and whom a report is about. Pure functions.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "bridge/core/config/config.hpp"
#include "topics/identity/device_rules.hpp"
#include "topics/names.hpp"
#include "topics/protocol/requests.hpp"

namespace rollcall {

/// The rules by which a plugin knows who may declare and report.
request::Rules rules_for_plugins(const Config& config);

/// True if a template has to know whether connected devices send anything.
bool wants_activity(const Config& config);

/// The template of a device that is known; empty: it isn't known.
using TemplateOf = std::function<std::optional<std::string_view>(std::string_view device)>;

/// The device that a report on `topic` by this client is about; empty: none. Judged by the rules of now: the
/// plugin may have told it by older ones. A device of which only the id was said has the template that it is
/// known with, or else what the rules say of a client whose id it is.
std::optional<DeviceIdentity> device_of_report(const Config& config, const TopicNames& topics,
                                               std::string_view topic, const ClientIdentity& by,
                                               const TemplateOf& template_of);

}  // namespace rollcall
