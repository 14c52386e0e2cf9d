// SPDX-License-Identifier: Apache-2.0
// One timer for each device, kept in the order in which they are due. The engine knows nothing but this
// interface, so that what is inside can change when there are millions. Not thread safe: one owner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "topics/time.hpp"

namespace rollcall {

class Timers {
 public:
  struct Timer {
    std::size_t index;  ///< of the device
    Time due;
  };

  /// The timer of `index` is due at `due` from now on; one that was set before is forgotten.
  void set(std::size_t index, Time due);

  /// Forgets the timer of `index`, if there is one.
  void cancel(std::size_t index);

  /// When the timer of `index` is due; nothing: it isn't set.
  std::optional<Time> due_of(std::size_t index) const;

  /// When the earliest is due; nothing: none is set.
  std::optional<Time> next() const;

  /// Takes out the earliest that is due at `now` or before; those due at one instant in the order of set().
  std::optional<Timer> pop_due(Time now);

 private:
  struct Entry {
    Time due;
    std::uint64_t order;
    std::size_t index;

    bool operator<(const Entry& other) const {
      return due != other.due ? due < other.due : order < other.order;
    }
  };
  using Entries = std::set<Entry>;

  Entries entries_;
  std::vector<Entries::iterator> by_index_;  ///< entries_.end(): not set
  std::uint64_t next_order_ = 0;
};

}  // namespace rollcall
