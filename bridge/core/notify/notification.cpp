// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/notify/notification.hpp"

#include <array>

#include <fmt/format.h>
#include <sodium/crypto_generichash.h>

#include "base/json_text.hpp"

namespace rollcall {

std::string_view to_string(Incident::Kind kind) {
  constexpr std::array<std::string_view, 3> kNames{"broker", "gateway", "address"};
  return kNames.at(static_cast<std::size_t>(kind));
}

std::string_view to_string(Notification::Kind kind) {
  constexpr std::array<std::string_view, 5> kNames{"status", "recovery", "flapping", "incident_began",
                                                   "incident_ended"};
  return kNames.at(static_cast<std::size_t>(kind));
}

std::string notification_id(std::uint64_t instance, std::string_view subject, std::string_view kind,
                            std::string_view status, Time at) {
  // Device ids may have any character but a zero in them.
  const auto text = fmt::format("{:x}{}{}{}{}{}{}{}{}", instance, '\0', subject, '\0', kind, '\0', status,
                                '\0', at.time_since_epoch().count());
  std::array<unsigned char, 16> hash{};
  crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char*>(text.data()),
                     text.size(), nullptr, 0);
  std::string id;
  for (const unsigned byte : hash) id += fmt::format("{:02x}", byte);
  return id;
}

std::string to_json(const Notification& notification) {
  return object_of([&](JsonObjectWriter& object) {
    object.string("id", notification.id);
    object.string("device", notification.device);
    object.string("status", notification.status);
    object.string("label", notification.label);
    object.string_or_null("previous", notification.previous);
    object.time("at", notification.at);
    object.string("cause", notification.cause);
    object.string("text", notification.text);
    object.string("template", notification.template_name);
    object.number("count", notification.count);
    object.string("kind", to_string(notification.kind));
  });
}

std::string to_json(const Incident& incident) {
  return object_of([&](JsonObjectWriter& object) {
    object.string("id", incident.id);
    object.string("kind", to_string(incident.kind));
    object.string("what", incident.what);
    object.time("began", incident.began);
    object.time_or_null("ended", incident.ended);
    object.number("devices", incident.devices);
    object.number("back", incident.back);
    auto& out = object.key("list");
    write_character(out, '[');
    for (const auto& device : incident.list) {
      if (&device != incident.list.data()) write_character(out, ',');
      const auto room = kMostJsonBytes * device.size() + 2;
      out.end(write_json_string(out.next(room), device));
    }
    write_character(out, ']');
  });
}

}  // namespace rollcall
