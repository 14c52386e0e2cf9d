// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/channels/redacted.hpp"

#include <algorithm>

#include "base/quoting.hpp"
#include "base/utf8.hpp"

namespace rollcall {
namespace {

// Shorter parts of an address are words, such as "api", and no secrets.
constexpr std::size_t kLeastSecretBytes = 6;

void leave_out(std::string& text, std::string_view secret) {
  constexpr std::string_view kInstead = "***";
  if (secret.empty()) return;
  for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at + kInstead.size()))
    text.replace(at, secret.size(), kInstead);
}

void leave_out_parts(std::string& text, std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return;
  url.remove_prefix(scheme + 3);
  url.remove_prefix(std::min(url.find_first_of("/?#"), url.size()));
  if (url.size() >= kLeastSecretBytes) leave_out(text, url);
  while (!url.empty()) {
    constexpr std::string_view kBetween = "/?&=#";
    const auto part = url.substr(0, url.find_first_of(kBetween));
    if (part.size() >= kLeastSecretBytes) leave_out(text, part);
    url.remove_prefix(std::min(part.size() + 1, url.size()));
  }
}

}  // namespace

std::string redacted(std::string answer, const OutgoingMessage& message) {
  leave_out(answer, message.secret);
  if (const auto* const request = std::get_if<OutgoingRequest>(&message.what))
    leave_out_parts(answer, request->url);
  answer.resize(std::min(answer.find_first_of("\r\n"), answer.size()));
  return std::string(utf8_prefix(escape_unprintable(answer), kMostAnswerBytes));
}

}  // namespace rollcall
