// SPDX-License-Identifier: Apache-2.0
// Finds things by what they are called, where they know that themselves: it keeps a hash and a number of
// each, 9 to 18 bytes, next to each other. Not thread safe: one owner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace rollcall {

class HashIndex {
 public:
  /// The one with this hash of whose number `is_it(number)` is true; nothing: there is none.
  template <typename IsIt>
  std::optional<std::uint32_t> find(std::uint64_t hash, const IsIt& is_it) const {
    if (slots_.empty()) return std::nullopt;
    const auto kept = shorten(hash);
    for (std::size_t at = home(kept); slots_[at].number != kNone; at = after(at)) {
      if (slots_[at].hash == kept && is_it(slots_[at].number)) return slots_[at].number;
    }
    return std::nullopt;
  }

  /// There will be so many: memory is taken for them once.
  void reserve(std::size_t size);
  /// One that isn't there yet.
  void insert(std::uint64_t hash, std::uint32_t number);
  /// One that is there.
  void erase(std::uint64_t hash, std::uint32_t number);

  std::size_t size() const { return size_; }
  /// How many slots a search looks at, at most. Goes through all of them.
  std::size_t longest_search() const;

 private:
  static constexpr std::uint32_t kNone = UINT32_MAX;
  struct Slot {
    std::uint32_t hash = 0, number = kNone;
  };

  static std::uint32_t shorten(std::uint64_t hash) {
    return static_cast<std::uint32_t>(hash ^ (hash >> 32U));
  }
  std::size_t home(std::uint32_t hash) const { return hash & (slots_.size() - 1); }
  std::size_t after(std::size_t at) const { return (at + 1) & (slots_.size() - 1); }
  /// Whether so many slots are enough to find things soon.
  static bool is_room_for(std::size_t size, std::size_t slots) { return size * 8 <= slots * 7; }
  void put(Slot slot);
  void resize(std::size_t slots);

  std::vector<Slot> slots_;  // a power of two; each stands at its home, or in the next free place behind it
  std::size_t size_ = 0;
};

}  // namespace rollcall
