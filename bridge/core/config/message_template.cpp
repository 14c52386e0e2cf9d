// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/config/message_template.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/json_text.hpp"
#include "base/quoting.hpp"

namespace rollcall {
namespace {

const std::vector<std::string_view>& form_names() {
  static const std::vector<std::string_view> kNames{"json", "url", "html"};
  return kNames;
}

bool is_of_placeholder(char c) { return (c >= 'a' && c <= 'z') || c == '_' || c == ':'; }

/// Returns where the brace closes that `text` begins with, if it is a placeholder's; else npos.
std::size_t end_of_placeholder(std::string_view text) {
  std::size_t end = 1;
  while (end < text.size() && is_of_placeholder(text[end])) ++end;
  const bool is_one = end > 1 && end < text.size() && text[end] == '}' && text[1] != ':';
  return is_one ? end : std::string_view::npos;
}

/// As in a URL's path or query (RFC 3986 section 2.3).
std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                          std::string_view("-._~").find(c) != std::string_view::npos;
    if (is_plain) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

/// As Slack and HTML want it.
std::string without_markup(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string on_one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; },
      ' ');
  return text;
}

}  // namespace

const std::vector<std::string_view>& MessageTemplate::names() {
  static const std::vector<std::string_view> kNames{
      "text",  "title", "device", "label", "status", "previous", "cause", "template",
      "count", "kind",  "action", "at",    "ends",   "subject",  "id",    "secret"};
  return kNames;
}

Result<MessageTemplate> MessageTemplate::parse(std::string_view text, Place place) {
  MessageTemplate made;
  made.place_ = place;
  made.parts_.emplace_back();
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto end = text[at] == '{' ? end_of_placeholder(text.substr(at)) : std::string_view::npos;
    if (end == std::string_view::npos) {
      made.parts_.back().literal += text[at];
      continue;
    }
    auto part = parse_placeholder(text.substr(at + 1, end - 1), place);
    if (!part) return tl::make_unexpected(part.error());
    made.parts_.back().name = part->name;
    made.parts_.back().forms = std::move(part->forms);
    made.parts_.emplace_back();
    at += end;
  }
  return made;
}

Result<MessageTemplate::Part> MessageTemplate::parse_placeholder(std::string_view inside, Place place) {
  const auto name = inside.substr(0, inside.find(':'));
  const auto known = std::find(names().begin(), names().end(), name);
  if (known == names().end()) {
    const auto meant = nearest(name, names());
    return fail(fmt::format("there is no placeholder {{{}}}{}; there are {}", name,
                            meant ? fmt::format(", did you mean {{{}}}?", *meant) : "",
                            quoted_list(names())));
  }
  Part part{{}, *known, {}};
  for (auto rest = inside.substr(name.size()); !rest.empty();) {
    rest.remove_prefix(1);
    const auto form = rest.substr(0, rest.find(':'));
    rest.remove_prefix(form.size());
    const auto found = std::find(form_names().begin(), form_names().end(), form);
    if (found == form_names().end()) {
      return fail(fmt::format("{{{}}} has the form {}; there are {}", inside, in_quotes(form),
                              quoted_list(form_names())));
    }
    part.forms.push_back(static_cast<Form>(found - form_names().begin()));
  }
  if (place == Place::address && part.forms.empty() && name != "secret")
    return fail(fmt::format("in an address write {{{}:url}}, not {{{}}}", name, name));
  return part;
}

std::string MessageTemplate::formed(const std::string& value, Form form) {
  switch (form) {
    case Form::json: {
      std::string quoted;
      append_json_string(quoted, value);
      return quoted;
    }
    case Form::url:
      return percent_encoded(value);
    case Form::html:
      break;
  }
  return without_markup(value);
}

std::string MessageTemplate::fill(const ValueOf& value_of) const {
  std::string out;
  for (const Part& part : parts_) {
    out += part.literal;
    if (part.name.empty()) continue;
    std::string value = value_of(part.name);
    for (const Form form : part.forms) value = formed(value, form);
    out += place_ == Place::body ? value : on_one_line(std::move(value));
  }
  return out;
}

bool MessageTemplate::uses(std::string_view name) const {
  return std::any_of(parts_.begin(), parts_.end(), [&](const Part& part) { return part.name == name; });
}

}  // namespace rollcall
