// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/lifecycle/timers.hpp"

#include <algorithm>
#include <bit>

namespace rollcall {
namespace {

constexpr unsigned kBits = 6;         // of a time, told apart by one wheel
constexpr unsigned kFirstShift = 60;  // the first wheel tells the highest 4 apart

unsigned slot_of(Time due, unsigned shift) {
  // With the sign turned over the earliest time that there is is 0.
  const auto since_ever = static_cast<std::uint64_t>(due.time_since_epoch().count()) ^ (1ULL << 63U);
  return static_cast<unsigned>(since_ever >> shift) & 63U;
}

}  // namespace

void Timers::set(std::size_t index, Time due) {
  cancel(index);
  if (index >= entries_.size()) entries_.resize(index + 1);
  const auto timer = static_cast<std::uint32_t>(index);
  entries_[timer].due = due;
  Place place = find_list(due);
  while (place.shift > 0 && at(place).list_size >= kMany) {
    make_wheel(place);
    place = find_list(due);
  }
  append(place, timer);
  next_ = std::min(due, next_.value_or(due));
}

void Timers::cancel(std::size_t index) {
  const auto due = due_of(index);
  if (!due) return;
  remove(find_list(*due), static_cast<std::uint32_t>(index));
  if (due > next_) return;
  const auto earliest = find_earliest();
  next_ = earliest ? due_of(*earliest) : std::nullopt;
}

std::optional<Time> Timers::due_of(std::size_t index) const {
  if (index >= entries_.size() || entries_[index].next == kNone) return std::nullopt;
  return entries_[index].due;
}

std::optional<Timers::Timer> Timers::pop_due(Time now) {
  if (!next_ || *next_ > now) return std::nullopt;
  const Timer timer{*find_earliest(), *next_};
  cancel(timer.index);
  return timer;
}

/// Where the timers of this time are, or would be.
Timers::Place Timers::find_list(Time due) const {
  Place place{0, slot_of(due, kFirstShift), kFirstShift};
  while (true) {
    const Slot& slot = wheels_[place.wheel].slots[place.slot];
    if (!slot.is_wheel()) return place;
    place.wheel = slot.first;
    place.shift -= kBits;
    place.slot = slot_of(due, place.shift);
  }
}

/// Nothing: none is set. Of a list that holds several times it makes wheels, until the earliest stands for
/// itself.
std::optional<std::uint32_t> Timers::find_earliest() {
  if (wheels_.front().occupied == 0) return std::nullopt;
  Place place{0, 0, kFirstShift};
  while (true) {
    const Wheel& wheel = wheels_[place.wheel];
    place.slot = static_cast<unsigned>(std::countr_zero(wheel.occupied));
    const Slot& slot = wheel.slots[place.slot];
    if (!slot.is_wheel() && (slot.list_size == 1 || place.shift == 0)) return slot.first;
    if (!slot.is_wheel()) make_wheel(place);
    place.wheel = slot.first;
    place.shift -= kBits;
  }
}

void Timers::append(const Place& place, std::uint32_t index) {
  Slot& slot = at(place);
  if (slot.list_size++ == 0) {
    slot.first = index;
    entries_[index].next = entries_[index].previous = index;
    wheels_[place.wheel].occupied |= 1ULL << place.slot;
    return;
  }
  const std::uint32_t last = entries_[slot.first].previous;
  entries_[index].previous = last;
  entries_[index].next = slot.first;
  entries_[last].next = entries_[slot.first].previous = index;
}

void Timers::remove(const Place& place, std::uint32_t index) {
  Entry& entry = entries_[index];
  Slot& slot = at(place);
  entries_[entry.previous].next = entry.next;
  entries_[entry.next].previous = entry.previous;
  if (slot.first == index) slot.first = entry.next;
  entry.next = entry.previous = kNone;
  if (--slot.list_size == 0) empty(place);
}

/// Nothing is left in this slot: if that was all of its wheel, nor is that.
void Timers::empty(Place place) {
  while (true) {
    Wheel& wheel = wheels_[place.wheel];
    wheel.slots[place.slot] = Slot{};
    wheel.occupied &= ~(1ULL << place.slot);
    if (wheel.occupied != 0 || place.wheel == 0) return;
    free_wheels_.push_back(place.wheel);
    place = wheel.parent;
  }
}

/// Makes a wheel of a list; timers of one time stay in the order of set().
void Timers::make_wheel(const Place& place) {
  if (free_wheels_.empty()) {
    free_wheels_.push_back(static_cast<std::uint32_t>(wheels_.size()));
    wheels_.emplace_back();
  }
  const std::uint32_t wheel = free_wheels_.back();
  free_wheels_.pop_back();
  wheels_[wheel].parent = place;
  std::uint32_t next = at(place).first;
  for (std::uint32_t left = at(place).list_size; left > 0; --left) {
    const std::uint32_t index = next;
    next = entries_[index].next;
    append({wheel, slot_of(entries_[index].due, place.shift - kBits), place.shift - kBits}, index);
  }
  at(place) = Slot{wheel, 0};
}

}  // namespace rollcall
