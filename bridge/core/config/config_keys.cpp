// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/config/config_keys.hpp"

#include "base/cause.hpp"
#include "bridge/core/config/config.hpp"

namespace rollcall {
namespace {

/// Of an enumeration whose values count on without a gap.
template <typename Enum>
std::vector<std::string_view> names_of(Enum first, Enum last) {
  std::vector<std::string_view> names;
  for (auto i = static_cast<unsigned>(first); i <= static_cast<unsigned>(last); ++i) {
    names.push_back(to_string(static_cast<Enum>(i)));
  }
  return names;
}

}  // namespace

std::vector<std::string_view> on_conflict_names() {
  return names_of(OnConflict::refuse, OnConflict::take_over);
}

std::vector<std::string_view> retained_names() {
  return names_of(RetainedReports::ignore, RetainedReports::count);
}

std::vector<std::string_view> interaction_names() {
  return {kInteractionWords.begin(), kInteractionWords.end()};
}

std::vector<std::string_view> disable_names() {
  return names_of(Interaction::Disable::none, Interaction::Disable::all);
}

std::vector<std::string_view> counts_as_names() { return names_of(CountsAs::up, CountsAs::neither); }
std::vector<std::string_view> commands_names() { return names_of(CommandPolicy::allow, CommandPolicy::deny); }

std::vector<std::string_view> cause_names() { return names_of(Cause::client_disconnect, Cause::unknown); }

std::vector<std::string_view> dialect_names() { return {"home-assistant"}; }

std::vector<std::string_view> method_names() { return {"POST", "PUT"}; }

}  // namespace rollcall
