// SPDX-License-Identifier: Apache-2.0
// Strings that live until all of them are dropped together. Not thread safe: one owner.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory_resource>
#include <string_view>

namespace rollcall {

/// Allocates nothing as long as they are few.
class StringArena {
 public:
  StringArena() : memory_(first_.data(), first_.size()) {}

  /// A copy, which is valid until drop().
  std::string_view keep(std::string_view text) {
    if (text.empty()) return {};
    auto* const copy = static_cast<char*>(memory_.allocate(text.size(), 1));
    std::copy(text.begin(), text.end(), copy);
    return {copy, text.size()};
  }
  void drop() { memory_.release(); }

 private:
  std::array<std::byte, 16UL * 1024> first_;
  std::pmr::monotonic_buffer_resource memory_;
};

}  // namespace rollcall
