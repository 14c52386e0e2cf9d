// SPDX-License-Identifier: Apache-2.0
#include "base/lower_case.hpp"

namespace rollcall {

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = lower_case(c);
  return lower;
}

}  // namespace rollcall
