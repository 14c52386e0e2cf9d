// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/timers.hpp"

namespace rollcall {

void Timers::set(std::size_t index, Time due) {
  cancel(index);
  if (index >= by_index_.size()) by_index_.resize(index + 1, entries_.end());
  by_index_[index] = entries_.insert(Entry{due, next_order_++, index}).first;
}

void Timers::cancel(std::size_t index) {
  if (index >= by_index_.size() || by_index_[index] == entries_.end()) return;
  entries_.erase(by_index_[index]);
  by_index_[index] = entries_.end();
}

std::optional<Time> Timers::due_of(std::size_t index) const {
  if (index >= by_index_.size() || by_index_[index] == entries_.end()) return std::nullopt;
  return by_index_[index]->due;
}

std::optional<Time> Timers::next() const {
  if (entries_.empty()) return std::nullopt;
  return entries_.begin()->due;
}

std::optional<Timers::Timer> Timers::pop_due(Time now) {
  if (entries_.empty() || entries_.begin()->due > now) return std::nullopt;
  const Timer timer{entries_.begin()->index, entries_.begin()->due};
  cancel(timer.index);
  return timer;
}

}  // namespace rollcall
