// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/lifecycle/status_payload.hpp"

#include <algorithm>
#include <optional>
#include <string>

namespace rollcall {

std::string_view cause_name(const LastEnd& last_end) {
  return last_end.cause ? to_string(*last_end.cause) : std::string_view("report");
}

namespace {

/// While connected nothing comes next: when a report will be late moves with each of them.
std::optional<NextStatus> next_of(const Device& device) {
  if (device.is_connected()) return std::nullopt;
  const auto& statuses = device.definition->statuses;
  if (device.set) {
    const auto wait =
        operator_wait(*device.definition, device.set->status, device.set->until, device.last_end.at);
    if (!wait) return std::nullopt;
    return NextStatus{statuses[wait->status].key, wait->due};
  }
  if (!device.wait || device.wait->kind == WaitKind::forget) return std::nullopt;
  return NextStatus{statuses[device.wait->status].key, device.wait->due};
}

}  // namespace

void fill_status(const Device& device, Status& status) {
  const StatusDefinition& definition = device.shown_definition();
  status.device = device.id();
  status.status = definition.key;
  status.label = definition.label;
  status.color = definition.color;
  status.icon = definition.icon;
  status.connected = device.is_connected();
  status.since = device.shown_since();
  status.previous = device.shown_previous();
  if (!status.connected && !device.is_only_registered()) {
    status.cause = cause_name(device.last_end);
    status.graceful = device.last_end.graceful;
  }
  if (device.published_last_seen != Time::min()) status.last_seen = device.published_last_seen;
  status.next = next_of(device);
  status.template_name = device.definition->name;
  status.interaction = definition.interaction;
  status.commands = to_string(definition.commands);
  status.queued = device.queued;
  status.message = definition.message;
  status.flapping = device.is_flapping;
  status.conflict = device.is_in_conflict;
  status.seq = device.seq;
}

Status status_payload(const Device& device) {
  Status status;
  fill_status(device, status);
  return status;
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
          std::string_view(status.icon), to_string(status.interaction.disable),
          std::string_view(status.interaction.notify_on_open ? "1" : ""),
          std::string_view(status.interaction.notify_on_interaction ? "1" : ""), to_string(status.commands),
          std::string_view(status.message)}) {
      add(part);
    }
    add(std::to_string(status.after.count()));
  }
  add_branch(definition.on_graceful);
  add_branch(definition.on_non_graceful);
  const auto add_millis = [&](std::optional<Millis> millis) {
    add(millis ? std::to_string(millis->count()) : std::string());
  };
  add_millis(definition.report_every);
  add_millis(definition.report_grace);
  add(definition.on_late ? definition.statuses[*definition.on_late].key : std::string());
  add_millis(definition.statuses.back().forget_after);
  // FNV-1a: it must be the same in every build, which std::hash needn't be.
  std::uint64_t hash = 0xCBF29CE484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  return hash;
}

}  // namespace rollcall
