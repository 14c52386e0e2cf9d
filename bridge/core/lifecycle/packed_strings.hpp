// SPDX-License-Identifier: Apache-2.0
// A few strings in the memory of one pointer and one block: there are millions of them. Not thread safe: one
// owner.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

namespace rollcall {

template <std::size_t N>
class PackedStrings {
 public:
  PackedStrings() = default;
  explicit PackedStrings(const std::array<std::string_view, N>& strings) { set(strings); }

  /// Allocates nothing where they are the same as before. Each below 4 GiB.
  void set(const std::array<std::string_view, N>& strings) {
    std::array<std::uint32_t, N> sizes{};
    std::size_t bytes = sizeof(sizes);
    bool is_same = true;
    for (std::size_t i = 0; i < N; ++i) {
      sizes[i] = static_cast<std::uint32_t>(strings[i].size());
      bytes += strings[i].size();
      is_same = is_same && strings[i] == (*this)[i];
    }
    if (is_same) return;
    auto block = std::make_unique_for_overwrite<char[]>(bytes);
    std::memcpy(block.get(), sizes.data(), sizeof(sizes));
    char* at = block.get() + sizeof(sizes);
    for (const std::string_view each : strings) at = std::copy(each.begin(), each.end(), at);
    block_ = std::move(block);
  }

  std::string_view operator[](std::size_t which) const {
    if (block_ == nullptr) return {};
    std::array<std::uint32_t, N> sizes;
    std::memcpy(sizes.data(), block_.get(), sizeof(sizes));
    const char* at = block_.get() + sizeof(sizes);
    for (std::size_t i = 0; i < which; ++i) at += sizes[i];
    return {at, sizes[which]};
  }

 private:
  std::unique_ptr<char[]> block_;  // the sizes, and then the strings; nothing: all of them are empty
};

}  // namespace rollcall
