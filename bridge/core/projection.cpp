// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/projection.hpp"

#include <string>

#include "topics/status.hpp"
#include "topics/topics.hpp"

namespace rollcall {

std::string_view cause_name(const LastEnd& last_end) {
  return last_end.cause ? to_string(*last_end.cause) : std::string_view("report");
}

PublishStatus project(const Device& device) {
  const StatusDefinition& definition = device.status_definition();
  Status status;
  status.device = device.id;
  status.status = definition.key;
  status.label = definition.label;
  status.color = definition.color;
  status.icon = definition.icon;
  status.connected = device.is_connected();
  status.since = device.since;
  status.previous = device.previous;
  if (!status.connected) {
    status.cause = cause_name(device.last_end);
    status.graceful = device.last_end.graceful;
  }
  status.last_seen = device.published_last_seen;
  if (device.wait) {
    status.next = NextStatus{device.definition->statuses[device.wait->status].key, device.wait->due};
  }
  status.template_name = device.definition->name;
  status.interaction = to_string(definition.interaction);
  status.commands = to_string(definition.commands);
  status.message = definition.message;
  status.seq = device.seq;
  return PublishStatus{encode_device(device.id).value_or(std::string()), to_json(status)};
}

}  // namespace rollcall
