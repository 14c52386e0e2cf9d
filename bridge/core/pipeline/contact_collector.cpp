// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/pipeline/contact_collector.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "bridge/core/lifecycle/clock_step.hpp"

namespace rollcall {
namespace {

/// Notes that wait; where the store fails they are merged from time to time.
constexpr std::size_t kMostNotes = 65'536;

std::int64_t day_of(Time time) {
  return std::chrono::floor<std::chrono::days>(time).time_since_epoch().count();
}

void raise(std::optional<Time>& time, Time to) { time = time ? std::max(*time, to) : to; }

}  // namespace

void ContactCollector::contact(const Contact& effect) {
  const auto what = [&] {
    switch (effect.kind) {
      case Contact::Kind::connect:
        return What::connect;
      case Contact::Kind::disconnect:
        return What::disconnect;
      case Contact::Kind::own_disconnect:
        return What::own_disconnect;
      case Contact::Kind::report:
        break;
    }
    return What::report;
  };
  note(effect.device, what(), effect.at, effect.is_first);
}

void ContactCollector::device_forgotten(const DeviceForgotten& effect) {
  note(effect.device, What::forgotten, Time{}, false);
}

void ContactCollector::note(std::string_view device, What what, Time at, bool is_first) {
  if (notes_.size() >= kMostNotes) merge();
  notes_.push_back({names_.size(), static_cast<std::uint32_t>(device.size()), what, is_first, at});
  names_ += device;
}

void ContactCollector::merge() {
  for (const Note& each : notes_) merge(each);
  notes_.clear();
  names_.clear();
}

void ContactCollector::merge(const Note& note) {
  const auto device = std::string_view(names_).substr(note.name_at, note.name_size);
  ContactFacts& facts = facts_of(device);
  if (note.is_first) facts.first_contact = note.at;
  switch (note.what) {
    case What::connect:
      raise(facts.last_connect, note.at);
      break;
    case What::disconnect:
      raise(facts.last_disconnect, note.at);
      break;
    case What::own_disconnect:
      ++facts.disconnects[day_of(note.at)];
      break;
    case What::report:
      raise(facts.last_report, note.at);
      break;
    case What::forgotten:
      facts = ContactFacts{};
      places_.erase(std::string(device));
      break;
  }
}

ContactFacts& ContactCollector::facts_of(std::string_view device) {
  const auto [place, is_new] = places_.try_emplace(std::string(device), merged_.size());
  if (is_new) merged_.emplace_back().device = device;
  return merged_[place->second];
}

std::vector<ContactFacts> ContactCollector::take() {
  merge();
  places_.clear();
  std::erase_if(merged_, [](const ContactFacts& facts) { return facts.device.empty(); });
  return std::exchange(merged_, {});
}

void ContactCollector::clock_stepped(Millis by) {
  for (Note& each : notes_) move_along(each.at, by);
  const auto days = std::chrono::round<std::chrono::days>(by).count();
  for (ContactFacts& facts : merged_) {
    for (auto* const time :
         {&facts.first_contact, &facts.last_connect, &facts.last_disconnect, &facts.last_report}) {
      if (*time) move_along(**time, by);
    }
    std::map<std::int64_t, std::uint64_t> moved;
    for (const auto& [day, count] : facts.disconnects) moved[day + days] = count;
    facts.disconnects = std::move(moved);
  }
}

}  // namespace rollcall
