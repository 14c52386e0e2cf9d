// SPDX-License-Identifier: Apache-2.0
// Finds which of many literals may occur in a text, wherever that is. Each literal is kept by a piece of 1,
// 2, 4 or 8 bytes of it, so a text is read at most four times, however many literals there are.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace rollcall {

class PieceIndex {
 public:
  using Numbers = std::vector<std::uint32_t>;
  /// What visit() has visited: one for each text, and for all parts of a text of which only parts are known.
  using Visited = std::vector<bool>;

  /// The piece by which a literal is best kept: the one that the fewest numbers are kept by so far.
  struct Piece {
    std::uint64_t bytes = 0;
    std::size_t size = 0;   ///< 0: the literal is empty
    std::size_t count = 0;  ///< of numbers that are kept by it
  };
  Piece best_piece(std::string_view literal) const;

  void add(const Piece& piece, std::uint32_t number);

  /// Calls `visitor` with the numbers of each piece that occurs in `text`, once each, until it returns true.
  /// Returns whether it did. Allocates nothing as long as none occurs.
  template <typename Visitor>
  bool visit(std::string_view text, Visited& visited, const Visitor& visitor) const {
    return visit_size<1>(text, visited, visitor) || visit_size<2>(text, visited, visitor) ||
           visit_size<4>(text, visited, visitor) || visit_size<8>(text, visited, visitor);
  }

 private:
  static constexpr std::size_t kFilterBits = std::size_t{1} << 18U;  // in few of them
  struct OfSize {
    std::unordered_map<std::uint64_t, std::size_t> entries;  ///< by the piece's bytes: in numbers_
    std::vector<bool> filter;                                ///< by hash: false for most of what isn't there
  };

  static std::size_t filter_bit(std::uint64_t bytes) {
    constexpr std::uint64_t kGolden = 0x9E37'79B9'7F4A'7C15;
    return (bytes * kGolden) >> 46U;
  }
  static std::uint64_t load(const char* at, std::size_t size) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, at, size);
    return bytes;
  }
  static std::size_t place_of(std::size_t size) { return size == 1 ? 0 : size == 2 ? 1 : size == 4 ? 2 : 3; }

  template <std::size_t size, typename Visitor>
  bool visit_size(std::string_view text, Visited& visited, const Visitor& visitor) const {
    const auto& pieces = sizes_[place_of(size)];
    if (pieces.entries.empty()) return false;
    for (std::size_t at = 0; at + size <= text.size(); ++at) {
      const auto bytes = load(text.data() + at, size);
      if (!pieces.filter[filter_bit(bytes)]) continue;
      const auto found = pieces.entries.find(bytes);
      if (found == pieces.entries.end()) continue;
      if (visited.empty()) visited.resize(numbers_.size());
      if (visited[found->second]) continue;
      visited[found->second] = true;
      if (visitor(numbers_[found->second])) return true;
    }
    return false;
  }

  std::array<OfSize, 4> sizes_;
  std::vector<Numbers> numbers_;
};

}  // namespace rollcall
