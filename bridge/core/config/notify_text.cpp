// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/config/notify_text.hpp"

#include <algorithm>
#include <vector>

#include "base/quoting.hpp"

namespace rollcall {
namespace {

const std::vector<std::string_view>& placeholders() {
  static const std::vector<std::string_view> kNames{"device", "label",     "status",   "previous", "cause",
                                                    "since",  "last_seen", "template", "count",    "url"};
  return kNames;
}

bool is_placeholder(std::string_view name) {
  return std::find(placeholders().begin(), placeholders().end(), name) != placeholders().end();
}

/// Calls `on_text` for what stands between braces and `on_name` for what stands in them, in their order.
template <typename OnText, typename OnName>
void split(std::string_view text, const OnText& on_text, const OnName& on_name) {
  for (;;) {
    const auto open = text.find('{');
    const auto close = open == std::string_view::npos ? open : text.find('}', open);
    if (close == std::string_view::npos) return on_text(text);
    on_text(text.substr(0, open));
    on_name(text.substr(open + 1, close - open - 1));
    text.remove_prefix(close + 1);
  }
}

}  // namespace

Result<void> check_notify_text(std::string_view text) {
  std::string unknown;
  bool is_wrong = false;
  split(
      text, [](std::string_view) {},
      [&](std::string_view name) {
        if (is_wrong || is_placeholder(name)) return;
        is_wrong = true;
        unknown = name;
      });
  if (!is_wrong) return {};
  std::string known;
  for (const auto name : placeholders()) known += (known.empty() ? "{" : ", {") + std::string(name) + "}";
  return fail("there is no placeholder " + in_quotes("{" + unknown + "}") + "; there are " + known);
}

std::string fill_notify_text(std::string_view text,
                             const std::function<std::string(std::string_view name)>& value_of) {
  std::string out;
  split(
      text, [&](std::string_view plain) { out += plain; },
      [&](std::string_view name) {
        out += is_placeholder(name) ? value_of(name) : "{" + std::string(name) + "}";
      });
  return out;
}

}  // namespace rollcall
