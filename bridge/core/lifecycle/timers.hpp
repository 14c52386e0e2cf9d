// SPDX-License-Identifier: Apache-2.0
// One timer for each device, millions of them, exact to the millisecond. Not thread safe: one owner.
//
// A hierarchical timing wheel, divided only where timers are dense: a wheel has 64 slots, and a slot is a
// list of timers or, once they are many, a wheel of its own, whose slots are 64 times as short, down to 1 ms.
// The first wheel holds all times that there are. So there is no clock and no overflow: any time can be set
// at any moment, and each call costs a walk down of at most eleven steps, most of them over wheels that
// everybody uses.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "base/time.hpp"

namespace rollcall {

class Timers {
 public:
  struct Timer {
    std::size_t index;  ///< of the device; below 2^31
    Time due;
  };

  /// The timer of `index` is due at `due` from now on; one that was set before is forgotten.
  void set(std::size_t index, Time due);

  /// Forgets the timer of `index`, if there is one.
  void cancel(std::size_t index);

  /// When the timer of `index` is due; nothing: it isn't set.
  std::optional<Time> due_of(std::size_t index) const;

  /// When the earliest is due; nothing: none is set.
  std::optional<Time> next() const { return next_; }

  /// Takes out the earliest that is due at `now` or before; those due at one instant in the order of set().
  std::optional<Timer> pop_due(Time now);

 private:
  static constexpr std::uint32_t kNone = UINT32_MAX;
  /// A slot longer than 1 ms that has so many timers becomes a wheel when it gets another.
  static constexpr std::uint32_t kMany = 32;

  struct Entry {
    Time due;
    std::uint32_t next = kNone, previous = kNone;  // a ring, in the order of set(); kNone: not set
  };
  struct Slot {
    std::uint32_t first = kNone;  // of its list; or, of wheels_, the one that it is; kNone: it is empty
    std::uint32_t list_size = 0;

    bool is_wheel() const { return list_size == 0 && first != kNone; }
  };
  /// A slot of a wheel, whose slots are 2^shift ms long.
  struct Place {
    std::uint32_t wheel;
    unsigned slot, shift;
  };
  struct Wheel {
    Place parent;                // the slot that it is
    std::uint64_t occupied = 0;  // a bit for each slot that isn't empty
    std::array<Slot, 64> slots;
  };

  Slot& at(const Place& place) { return wheels_[place.wheel].slots[place.slot]; }
  Place find_list(Time due) const;
  std::optional<std::uint32_t> find_earliest();
  void append(const Place& place, std::uint32_t index);
  void remove(const Place& place, std::uint32_t index);
  void make_wheel(const Place& place);
  void empty(Place place);

  std::vector<Entry> entries_;              // by index
  std::deque<Wheel> wheels_ = {Wheel{}};    // the first one holds all the others
  std::vector<std::uint32_t> free_wheels_;  // of wheels_
  std::optional<Time> next_;
};

}  // namespace rollcall
