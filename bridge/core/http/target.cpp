// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/http/target.hpp"

#include <algorithm>
#include <utility>

#include "base/quoting.hpp"
#include "base/utf8.hpp"

namespace rollcall {
namespace {

std::optional<int> hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

/// Calls `each` with the parts between the separators, as long as it says true.
template <typename Each>
bool for_each_part(std::string_view text, char separator, const Each& each) {
  for (;;) {
    const auto end = text.find(separator);
    if (!each(text.substr(0, end))) return false;
    if (end == std::string_view::npos) return true;
    text.remove_prefix(end + 1);
  }
}

Result<std::string> decoded_part(std::string_view part) {
  auto decoded = percent_decoded(part);
  if (!decoded) return fail(in_quotes(part) + " has a bad percent-encoding: it must be % and two hex digits");
  if (decoded->find('\0') != std::string::npos) return fail(in_quotes(part) + " has a NUL");
  if (!is_valid_utf8(*decoded)) return fail(in_quotes(part) + " isn't UTF-8");
  return *std::move(decoded);
}

Result<void> parse_query(std::string_view text, std::map<std::string, std::string>& query) {
  Result<void> result;
  for_each_part(text, '&', [&](std::string_view part) {
    if (part.empty()) return true;
    std::string spaced(part);
    std::replace(spaced.begin(), spaced.end(), '+', ' ');
    const auto equals = spaced.find('=');
    auto name = decoded_part(std::string_view(spaced).substr(0, equals));
    auto value = equals == std::string::npos ? Result<std::string>()
                                             : decoded_part(std::string_view(spaced).substr(equals + 1));
    if (!name) {
      result = tl::make_unexpected(name.error());
    } else if (!value) {
      result = tl::make_unexpected(value.error());
    } else if (!query.emplace(*name, *std::move(value)).second) {
      result = fail("the parameter " + in_quotes(*name) + " is there twice");
    }
    return result.has_value();
  });
  return result;
}

}  // namespace

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  const bool is_dots = text == "." || text == "..";  // would be taken for a step in the path
  std::string encoded;
  for (const char c : text) {
    if (is_unreserved(c) && !is_dots) {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded += '%';
    encoded += kHex[byte >> 4U];
    encoded += kHex[byte & 0xFU];
  }
  return encoded;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    const auto high = hex_value(text[i + 1]);
    const auto low = hex_value(text[i + 2]);
    if (!high || !low) return std::nullopt;
    decoded += static_cast<char>(*high * 16 + *low);
    i += 2;
  }
  return decoded;
}

Result<RequestTarget> parse_target(std::string_view target) {
  if (!target.starts_with('/')) return fail("the target " + in_quotes(target) + " doesn't begin with /");
  RequestTarget parsed;
  const auto question = target.find('?');
  const auto path = target.substr(0, question);
  parsed.path = path;
  Result<void> result;
  for_each_part(path.substr(1), '/', [&](std::string_view part) {
    auto segment = decoded_part(part);
    if (!segment) {
      result = tl::make_unexpected(segment.error());
    } else if (part == "." || part == "..") {
      // Encoded ones are names: a device may be called so.
      result = fail("the path has a segment " + in_quotes(part));
    } else {
      parsed.segments.push_back(*std::move(segment));
    }
    return result.has_value();
  });
  if (result && question != std::string_view::npos)
    result = parse_query(target.substr(question + 1), parsed.query);
  if (!result) return tl::make_unexpected(result.error());
  return parsed;
}

}  // namespace rollcall
