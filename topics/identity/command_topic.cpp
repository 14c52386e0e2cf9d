// SPDX-License-Identifier: Apache-2.0
#include "topics/identity/command_topic.hpp"

#include <algorithm>

#include "base/utf8.hpp"

namespace rollcall {
namespace {

constexpr std::string_view kDevice = "{device}";
constexpr std::size_t kMaxBytes = 1024;

/// Takes the first level off; `text` is empty and `is_last` true behind the last one.
std::string_view take_level(std::string_view& text, bool& is_last) {
  const auto end = text.find('/');
  const auto level = text.substr(0, end);
  is_last = end == std::string_view::npos;
  text.remove_prefix(is_last ? text.size() : end + 1);
  return level;
}

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<std::uint8_t>(c) < 0x20 || c == 0x7F; });
}

}  // namespace

std::vector<CommandTopic::Level> CommandTopic::levels_of(std::string_view filter) {
  std::vector<Level> levels;
  for (bool is_last = false; !is_last;) {
    const auto level = take_level(filter, is_last);
    const auto kind = level == "+"       ? Kind::one
                      : level == "#"     ? Kind::rest
                      : level == kDevice ? Kind::device
                                         : Kind::literal;
    levels.push_back({kind, kind == Kind::literal ? std::string(level) : std::string()});
  }
  return levels;
}

Result<CommandTopic> CommandTopic::parse(std::string_view text) {
  if (text.empty()) return fail("is empty; such as \"cmd/{device}/#\"");
  if (text.size() > kMaxBytes) return fail("has more than 1,024 bytes");
  if (!is_valid_utf8(text) || has_control_character(text)) return fail("has a control character");
  if (text.front() == '$') return fail("begins with $: nobody sends commands to such topics");
  CommandTopic topic;
  topic.text_ = text;
  topic.levels_ = levels_of(text);
  std::size_t devices = 0;
  for (std::size_t at = 0; at < topic.levels_.size(); ++at) {
    const auto& level = topic.levels_[at];
    if (level.kind == Kind::rest && at + 1 < topic.levels_.size())
      return fail("has levels behind #, which must be the last one");
    if (level.kind == Kind::device) {
      ++devices;
      topic.device_level_ = at;
    }
    if (level.text.find_first_of("+#") != std::string::npos)
      return fail("has a + or # that isn't a level of its own");
    if (level.text.find_first_of("{}") != std::string::npos)
      return fail("has a { or } that isn't {device} as a level of its own");
  }
  if (devices != 1) return fail("must have {device} as one of its levels, once; such as \"cmd/{device}/#\"");
  for (const auto& level : topic.levels_) {
    if (level.kind != Kind::literal) break;
    topic.begin_ += level.text + "/";
  }
  return topic;
}

std::optional<std::string_view> CommandTopic::device_in(std::string_view topic) const {
  if (!topic.starts_with(begin_)) return std::nullopt;
  if (begin_.empty() && topic.starts_with('$')) return std::nullopt;
  std::optional<std::string_view> device;
  bool is_last = false;
  for (const auto& level : levels_) {
    // It stands for the level before it, too.
    if (level.kind == Kind::rest) return device && !device->empty() ? device : std::nullopt;
    if (is_last) return std::nullopt;
    const auto there = take_level(topic, is_last);
    if (level.kind == Kind::literal && there != level.text) return std::nullopt;
    if (level.kind == Kind::device) device = there;
  }
  if (!is_last || !device || device->empty()) return std::nullopt;
  return device;
}

bool CommandTopic::overlap(const std::vector<Level>& one, const std::vector<Level>& other) {
  for (std::size_t at = 0;; ++at) {
    if (at < one.size() && one[at].kind == Kind::rest) return true;
    if (at < other.size() && other[at].kind == Kind::rest) return true;
    if (at >= one.size() || at >= other.size()) return one.size() == other.size();
    const bool are_literal = one[at].kind == Kind::literal && other[at].kind == Kind::literal;
    if (are_literal && one[at].text != other[at].text) return false;
  }
}

}  // namespace rollcall
