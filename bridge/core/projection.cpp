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
  return PublishStatus{encode_device(device.id).value_or(std::string()), to_json(status), device.seq};
}

std::uint64_t fingerprint(const TemplateDefinition& definition) {
  std::string text;
  const auto add = [&](std::string_view part) {
    text.append(std::to_string(part.size())).append(":").append(part);
  };
  const auto add_branch = [&](const Branch& branch) {
    add(definition.statuses[branch.status].key);
    add(std::to_string(branch.after.count()));
  };
  for (const StatusDefinition& status : definition.statuses) {
    for (const std::string_view part :
         {std::string_view(status.key), std::string_view(status.label), std::string_view(status.color),
          std::string_view(status.icon), to_string(status.interaction), to_string(status.commands),
          std::string_view(status.message)}) {
      add(part);
    }
    add(std::to_string(status.after.count()));
  }
  add_branch(definition.on_graceful);
  add_branch(definition.on_non_graceful);
  // FNV-1a: it must be the same in every build, which std::hash needn't be.
  std::uint64_t hash = 0xCBF29CE484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  return hash;
}

}  // namespace rollcall
