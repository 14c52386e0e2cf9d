// SPDX-License-Identifier: Apache-2.0
// Incidents for people, and as what is published.
#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "base/duration.hpp"
#include "bridge/core/notify/incidents.hpp"

namespace rollcall {
namespace {

Incident::Kind kind_of(std::string_view name) {
  for (const auto kind : {Incident::Kind::broker, Incident::Kind::gateway}) {
    if (to_string(kind) == name) return kind;
  }
  return Incident::Kind::address;
}

std::string place_of(const IncidentRecord& incident) {
  switch (kind_of(incident.kind)) {
    case Incident::Kind::broker:
      return "at broker " + incident.what;
    case Incident::Kind::gateway:
      return "behind gateway " + incident.what;
    case Incident::Kind::address:
      break;
  }
  return "in " + incident.what;
}

}  // namespace

std::string text_of_beginning(const IncidentRecord& incident) {
  constexpr std::size_t kMostNamed = 5;
  std::string names;
  const auto named = std::min(incident.list.size(), kMostNamed);
  for (std::size_t i = 0; i < named; ++i) names += (i == 0 ? "" : ", ") + incident.list[i];
  if (incident.devices > named) names += fmt::format(" and {} more", incident.devices - named);
  return fmt::format("{} devices lost {}: {}", incident.devices, place_of(incident), names);
}

std::string text_of_end(const IncidentRecord& incident, Time ended) {
  const auto lasted = std::chrono::round<Seconds>(std::max(ended - incident.began, Millis{0}));
  return fmt::format("{} of {} devices {} are back after {}", incident.back, incident.devices,
                     place_of(incident), format_duration(lasted));
}

Incident incident_of(const IncidentRecord& record, std::optional<Time> ended) {
  Incident incident;
  incident.id = record.id;
  incident.kind = kind_of(record.kind);
  incident.what = record.what;
  incident.began = record.began;
  incident.ended = ended;
  incident.devices = record.devices;
  incident.back = record.back;
  incident.list = record.list;
  return incident;
}

}  // namespace rollcall
