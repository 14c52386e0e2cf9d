// SPDX-License-Identifier: Apache-2.0
// A text of the configuration's that becomes a part of a message: placeholders in it, {text}, {text:json},
// {text:html:json}, stand for what a notification says. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace rollcall {

/// Braces around anything but a name (lower-case letters and _) are part of the text, as JSON has them.
class MessageTemplate {
 public:
  /// What the text is for, and so how a value without a form is written there.
  enum class Place : std::uint8_t {
    body,    ///< as it is
    line,    ///< on one line: control characters become blanks
    address  ///< of a server: only {secret} may be without :url
  };
  /// Returns the value of a placeholder; what is unknown is empty.
  using ValueOf = std::function<std::string(std::string_view name)>;

  MessageTemplate() = default;
  /// The error names the placeholder or the form that isn't known, and those that are.
  static Result<MessageTemplate> parse(std::string_view text, Place place);

  std::string fill(const ValueOf& value_of) const;
  bool uses(std::string_view name) const;

  /// All that there are, in the order of the documentation.
  static const std::vector<std::string_view>& names();

 private:
  enum class Form : std::uint8_t { json, url, html };
  struct Part {
    std::string literal;    // before the placeholder
    std::string_view name;  // empty: there is none; else of names()
    std::vector<Form> forms;
  };
  static Result<Part> parse_placeholder(std::string_view inside, Place place);
  static std::string formed(const std::string& value, Form form);

  std::vector<Part> parts_;
  Place place_ = Place::body;
};

}  // namespace rollcall
