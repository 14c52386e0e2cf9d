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
  std::string_view longest;
  ByLength* index = nullptr;
  const auto consider = [&](std::string_view literal, ByLength& of_literal) {
    if (literal.size() <= longest.size()) return;
    longest = literal;
    index = &of_literal;
  };
  for (std::size_t field = 0; field < kFields; ++field) {
    const auto& pattern = rule.*kPatterns[field];
    if (!pattern) continue;
    consider(pattern->literal_begin(), by_begin_[field]);
    consider(pattern->literal_end(), by_end_[field]);
  }
  if (index != nullptr) {
    (*index)[longest.size()][std::string(longest)].push_back(number);
  } else if (rule.address) {
    by_address_[rule.address->prefix_bits][rule.address->bytes].push_back(number);
  } else {
    others_.push_back(number);
  }
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
    const auto& [begin, end] = subject.*kSubjects[field];
    for (const auto& [length, by_text] : by_begin_[field]) {
      if (length > begin.size()) break;
      if (stops_at(by_text, begin.substr(0, length))) return;
    }
    for (const auto& [length, by_text] : by_end_[field]) {
      if (length > end.size()) break;
      if (stops_at(by_text, end.substr(end.size() - length))) return;
    }
  }
  if (!subject.address) return;
  for (const auto& [bits, by_bytes] : by_address_) {
    if (bits > subject.address->prefix_bits) break;
    if (stops_at(by_bytes, subject.address->shortened(bits).bytes)) return;
  }
}

}  // namespace rollcall
