// SPDX-License-Identifier: Apache-2.0
// What is said of a configuration.
#pragma once

#include <string>
#include <string_view>

#include <boost/test/unit_test.hpp>

#include "bridge/core/config/config_parser.hpp"

namespace rollcall {

/// "ok", or the error without the file's name and place.
inline std::string verdict(const std::string& text) {
  const auto config = parse_config(text, "r.json");
  if (config) return "ok";
  const auto& message = config.error().message;
  return message.substr(message.find(": ") + 2);
}

inline bool refuses(const std::string& text, std::string_view what) {
  const auto said = verdict(text);
  BOOST_TEST_MESSAGE(said);
  return said.find(what) != std::string::npos;
}

inline Config parsed(const std::string& text) { return parse_config(text, "r.json").value(); }

}  // namespace rollcall
