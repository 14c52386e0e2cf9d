// SPDX-License-Identifier: Apache-2.0
// The MQTT 5 properties of messages: payload format, content type, response topic, correlation data, user
// properties, expiry. Only Mosquitto 2.1 lets plugins read them.
#pragma once

#include "plugin/broker.hpp"
#include "plugin/mosquitto/mosquitto_headers.hpp"

namespace rollcall::plugin {

/// Returns those that are kept; none of nullptr, or where the broker has no way to read them.
MessageProperties read_properties(const mosquitto_property* properties);

/// Returns those of `message` as a list that the caller owns; nullptr: there are none.
mosquitto_property* make_properties(const CommandMessage& message);

}  // namespace rollcall::plugin
