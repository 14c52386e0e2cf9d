// SPDX-License-Identifier: Apache-2.0
// Finds, among many device rules, those that may match, without trying all of them: by the text that one of
// their patterns begins or ends with or has in it, else by their address.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/keyed_hash.hpp"
#include "topics/identity/address_block.hpp"
#include "topics/identity/device_rule.hpp"
#include "topics/identity/piece_index.hpp"

namespace rollcall {

class RuleIndex {
 public:
  /// A text that a pattern has to match: how it begins and how it ends. Both are all of it where it is known.
  struct Ends {
    std::string_view begin, end;
    const Pattern* pattern = nullptr;  ///< where the text isn't known: what it matches
  };
  /// What a rule has to match.
  struct Subject {
    Ends client_id, username, report_topic;
    std::optional<AddressBlock> address;  ///< nothing: none that is known
  };

  /// `number` is above those of all rules that were added before. Of what the rule's patterns must find in a
  /// text, the rule is kept by what the fewest others are kept by.
  void add(std::uint32_t number, const DeviceRule& rule);

  /// Likewise, without looking it up: for a few that costs less.
  void add_to_be_tried(std::uint32_t number) { others_.push_back(number); }

  /// Returns the numbers of rules, ascending: all that can match `subject` are among them.
  std::vector<std::uint32_t> find(const Subject& subject) const;

  /// True if `is_it(number)` is true of one of them. Allocates nothing as long as no rule comes into
  /// question.
  template <typename IsIt>
  bool any_of(const Subject& subject, const IsIt& is_it) const {
    bool is_found = false;
    visit(subject, [&](const Numbers& numbers) {
      is_found = std::any_of(numbers.begin(), numbers.end(), is_it);
      return is_found;
    });
    return is_found;
  }

 private:
  using Numbers = std::vector<std::uint32_t>;
  using ByText = std::unordered_map<std::string, Numbers, KeyedHash, std::equal_to<>>;
  /// Rules by the text that their pattern for one field begins (or ends) with, by how long that text is.
  using ByLength = std::map<std::size_t, ByText>;
  static constexpr std::size_t kFields = 3;

  static std::size_t count_by(const ByLength& index, std::string_view literal);
  /// `visitor` returns true to stop.
  void visit(const Subject& subject, const std::function<bool(const Numbers&)>& visitor) const;

  std::array<ByLength, kFields> by_begin_, by_end_;
  std::array<PieceIndex, kFields> by_piece_;
  std::map<unsigned, std::map<std::array<std::uint8_t, 16>, Numbers>> by_address_;  ///< by prefix length
  Numbers others_;                                                                  ///< to be tried each time
};

}  // namespace rollcall
