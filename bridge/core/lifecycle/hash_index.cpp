// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/lifecycle/hash_index.hpp"

#include <algorithm>
#include <utility>

namespace rollcall {

void HashIndex::reserve(std::size_t size) {
  std::size_t slots = std::max<std::size_t>(16, slots_.size());
  while (!is_room_for(size, slots)) slots *= 2;
  if (slots > slots_.size()) resize(slots);
}

void HashIndex::insert(std::uint64_t hash, std::uint32_t number) {
  reserve(size_ + 1);
  put({shorten(hash), number});
  ++size_;
}

void HashIndex::put(Slot slot) {
  std::size_t at = home(slot.hash);
  while (slots_[at].number != kNone) at = after(at);
  slots_[at] = slot;
}

void HashIndex::erase(std::uint64_t hash, std::uint32_t number) {
  std::size_t hole = home(shorten(hash));
  while (slots_[hole].number != number) hole = after(hole);
  // Whatever stands behind it, and is kept from its home by it, moves up.
  for (std::size_t at = after(hole); slots_[at].number != kNone; at = after(at)) {
    const std::size_t mask = slots_.size() - 1;
    const std::size_t from_home = (at - home(slots_[at].hash)) & mask;
    if (from_home >= ((at - hole) & mask)) slots_[std::exchange(hole, at)] = slots_[at];
  }
  slots_[hole] = Slot{};
  --size_;
}

std::size_t HashIndex::longest_search() const {
  std::size_t longest = 0, run = 0;
  // Twice around: a run may go on behind the last slot.
  for (std::size_t at = 0; at < 2 * slots_.size(); ++at) {
    run = slots_[at & (slots_.size() - 1)].number == kNone ? 0 : run + 1;
    longest = std::max(longest, run);
  }
  return slots_.empty() ? 0 : longest + 1;
}

void HashIndex::resize(std::size_t slots) {
  const auto before = std::exchange(slots_, std::vector<Slot>(slots));
  for (const Slot& slot : before) {
    if (slot.number != kNone) put(slot);
  }
}

}  // namespace rollcall
