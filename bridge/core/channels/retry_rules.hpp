// SPDX-License-Identifier: Apache-2.0
// What follows from the end of an attempt: is it done, over, or tried again, and when. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.hpp"
#include "bridge/core/channels/sender.hpp"

namespace rollcall {

inline constexpr Millis kTriedFor = std::chrono::hours{24};
inline constexpr Millis kFirstPause{1000};
inline constexpr Millis kLongestPause = std::chrono::minutes{10};
/// What a server asks for by Retry-After is obeyed up to this.
inline constexpr Millis kLongestRetryAfter = std::chrono::hours{1};

enum class Verdict : std::uint8_t {
  delivered,
  again,
  refused  ///< this message, for good: trying again is of no use until a person has changed something
};

/// An answer by HTTP of 2xx is a delivery. Refused is what is about the very message: 400, 405, 410, 411,
/// 413, 414, 415, 422 and 431. All else may pass, or be mended by somebody, such as a wrong address (404) or
/// a wrong token (401, 403). By SMTP only 550 to 553 refuse: what they say is about sender or recipient.
Verdict verdict_of(const SendResult& result, bool is_mail);

/// How long to wait after so many failures in a row, from 1: a second, doubled up to ten minutes, and a
/// quarter less or more. `random`: from 0 to 1.
Millis pause_after(std::uint64_t failures, double random);

/// How long a server wants to be left alone (RFC 9110 section 10.2.3): seconds, or a date in any of its three
/// forms. From 0 to kLongestRetryAfter; empty if `header` says nothing that can be understood.
std::optional<Millis> parse_retry_after(std::string_view header, Time now);

}  // namespace rollcall
