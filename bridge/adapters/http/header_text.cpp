// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/http/header_text.hpp"

#include <algorithm>

namespace rollcall {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string_view take_item(std::string_view& text, char separator) {
  const auto end = std::min(text.find(separator), text.size());
  const auto item = trimmed(text.substr(0, end));
  text.remove_prefix(std::min(end + 1, text.size()));
  return item;
}

}  // namespace rollcall
