// SPDX-License-Identifier: Apache-2.0
#include "topics/identity/piece_index.hpp"

namespace rollcall {

PieceIndex::Piece PieceIndex::best_piece(std::string_view literal) const {
  Piece best;
  if (literal.empty()) return best;
  const std::size_t size = literal.size() >= 8 ? 8 : literal.size() >= 4 ? 4 : literal.size() >= 2 ? 2 : 1;
  const auto& entries = sizes_[place_of(size)].entries;
  for (std::size_t at = 0; at + size <= literal.size(); ++at) {
    const auto bytes = load(literal.data() + at, size);
    const auto found = entries.find(bytes);
    const auto count = found == entries.end() ? 0 : numbers_[found->second].size();
    if (best.size == 0 || count < best.count) best = {bytes, size, count};
    if (best.count == 0) break;
  }
  return best;
}

void PieceIndex::add(const Piece& piece, std::uint32_t number) {
  auto& pieces = sizes_[place_of(piece.size)];
  const auto [entry, is_new] = pieces.entries.emplace(piece.bytes, numbers_.size());
  if (is_new) {
    numbers_.emplace_back();
    pieces.filter.resize(kFilterBits);
    pieces.filter[filter_bit(piece.bytes)] = true;
  }
  numbers_[entry->second].push_back(number);
}

}  // namespace rollcall
