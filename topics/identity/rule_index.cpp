// SPDX-License-Identifier: Apache-2.0
#include "topics/identity/rule_index.hpp"

#include <algorithm>

namespace rollcall {
namespace {

constexpr std::array kPatterns{&DeviceRule::client_id, &DeviceRule::username, &DeviceRule::report_topic};
constexpr std::array kSubjects{&RuleIndex::Subject::client_id, &RuleIndex::Subject::username,
                               &RuleIndex::Subject::report_topic};

}  // namespace

void RuleIndex::add(std::uint32_t number, const DeviceRule& rule) {
  std::size_t fewest = 0;
  std::string_view longest;
  ByLength* index = nullptr;
  const auto consider = [&](std::string_view literal, ByLength& of_literal) {
    if (literal.empty()) return;
    const auto count = count_by(of_literal, literal);
    if (index != nullptr && (count > fewest || (count == fewest && literal.size() <= longest.size()))) return;
    fewest = count;
    longest = literal;
    index = &of_literal;
  };
  for (std::size_t field = 0; field < kFields; ++field) {
    const auto& pattern = rule.*kPatterns[field];
    if (!pattern) continue;
    consider(pattern->literal_begin(), by_begin_[field]);
    consider(pattern->literal_end(), by_end_[field]);
  }
  PieceIndex::Piece piece;
  PieceIndex* pieces = nullptr;
  for (std::size_t field = 0; field < kFields && (index == nullptr || fewest > 0); ++field) {
    const auto& pattern = rule.*kPatterns[field];
    if (!pattern) continue;
    for (const auto literal : pattern->literals()) {
      const auto best = by_piece_[field].best_piece(literal);
      const bool is_better = pieces == nullptr ? index == nullptr || best.count < fewest
                                               : best.count < piece.count ||
                                                     (best.count == piece.count && best.size > piece.size);
      if (!is_better) continue;
      piece = best;
      pieces = &by_piece_[field];
    }
  }
  if (pieces != nullptr) {
    pieces->add(piece, number);
  } else if (index != nullptr) {
    (*index)[longest.size()][std::string(longest)].push_back(number);
  } else if (rule.address) {
    by_address_[rule.address->prefix_bits][rule.address->bytes].push_back(number);
  } else {
    others_.push_back(number);
  }
}

std::size_t RuleIndex::count_by(const ByLength& index, std::string_view literal) {
  const auto of_length = index.find(literal.size());
  if (of_length == index.end()) return 0;
  const auto numbers = of_length->second.find(literal);
  return numbers == of_length->second.end() ? 0 : numbers->second.size();
}

std::vector<std::uint32_t> RuleIndex::find(const Subject& subject) const {
  Numbers found;
  visit(subject, [&](const Numbers& numbers) {
    found.insert(found.end(), numbers.begin(), numbers.end());
    return false;
  });
  std::sort(found.begin(), found.end());
  return found;
}

void RuleIndex::visit(const Subject& subject, const std::function<bool(const Numbers&)>& visitor) const {
  if (visitor(others_)) return;
  const auto stops_at = [&](const auto& map, const auto& key) {
    const auto numbers = map.find(key);
    return numbers != map.end() && visitor(numbers->second);
  };
  for (std::size_t field = 0; field < kFields; ++field) {
    const auto& text = subject.*kSubjects[field];
    const auto begin = text.begin, end = text.end;
    for (const auto& [length, by_text] : by_begin_[field]) {
      if (length > begin.size()) break;
      if (stops_at(by_text, begin.substr(0, length))) return;
    }
    for (const auto& [length, by_text] : by_end_[field]) {
      if (length > end.size()) break;
      if (stops_at(by_text, end.substr(end.size() - length))) return;
    }
    PieceIndex::Visited visited;
    if (text.pattern == nullptr) {
      if (by_piece_[field].visit(begin, visited, visitor)) return;
      continue;
    }
    for (const auto literal : text.pattern->literals()) {
      if (by_piece_[field].visit(literal, visited, visitor)) return;
    }
  }
  if (!subject.address) return;
  for (const auto& [bits, by_bytes] : by_address_) {
    if (bits > subject.address->prefix_bits) break;
    if (stops_at(by_bytes, subject.address->shortened(bits).bytes)) return;
  }
}

}  // namespace rollcall
