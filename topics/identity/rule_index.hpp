// SPDX-License-Identifier: Apache-2.0
// Finds, among many device rules, those that may match, without trying all of them: by the text that one of
// their patterns begins or ends with, else by their address.
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

#include "topics/identity/address_block.hpp"
#include "topics/identity/device_rule.hpp"

namespace rollcall {

class RuleIndex {
 public:
  /// A text that a pattern has to match: how it begins and how it ends. Both are all of it where it is known.
  struct Ends {
    std::string_view begin, end;
  };
  /// What a rule has to match.
  struct Subject {
    Ends client_id, username, report_topic;
    std::optional<AddressBlock> address;  ///< nothing: none that is known
  };

  /// `number` is above those of all rules that were added before.
  void add(std::uint32_t number, const DeviceRule& rule);

  /// Likewise, without looking it up: for a few that costs less.
  void add_to_be_tried(std::uint32_t number) { others_.push_back(number); }

  /// Returns the numbers of rules, ascending: all that can match `subject` are among them.
  std::vector<std::uint32_t> find(const Subject& subject) const;

  /// True if `is_it(number)` is true of one of them. Allocates nothing.
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
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  using ByText = std::unordered_map<std::string, Numbers, Hash, std::equal_to<>>;
  /// Rules by the text that their pattern for one field begins (or ends) with, by how long that text is.
  using ByLength = std::map<std::size_t, ByText>;
  static constexpr std::size_t kFields = 3;

  /// `visitor` returns true to stop.
  void visit(const Subject& subject, const std::function<bool(const Numbers&)>& visitor) const;

  std::array<ByLength, kFields> by_begin_, by_end_;
  std::map<unsigned, std::map<std::array<std::uint8_t, 16>, Numbers>> by_address_;  ///< by prefix length
  Numbers others_;                                                                  ///< to be tried each time
};

}  // namespace rollcall
