// SPDX-License-Identifier: Apache-2.0
#include "topics/cause.hpp"

#include <array>

namespace rollcall {
namespace {

constexpr std::array<std::string_view, 10> kNames{"client_disconnect", "disconnect_with_will",
                                                  "connection_closed", "keepalive_timeout",
                                                  "taken_over",        "kicked",
                                                  "not_authorized",    "protocol_error",
                                                  "broker_lost",       "unknown"};

}  // namespace

std::string_view to_string(Cause cause) { return kNames[static_cast<std::size_t>(cause) - 1]; }

std::optional<Cause> cause_from_string(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<Cause>(i + 1);
  }
  return std::nullopt;
}

std::optional<Cause> cause_from_number(std::uint8_t number) {
  if (number < 1 || number > kNames.size()) return std::nullopt;
  return static_cast<Cause>(number);
}

bool is_graceful_by_default(Cause cause, bool will_sent) {
  switch (cause) {
    case Cause::client_disconnect:
    case Cause::disconnect_with_will:
      return true;
    case Cause::connection_closed:
    case Cause::unknown:
      return !will_sent;
    case Cause::keepalive_timeout:
    case Cause::taken_over:
    case Cause::kicked:
    case Cause::not_authorized:
    case Cause::protocol_error:
    case Cause::broker_lost:
      return false;
  }
  return false;
}

Seconds silence_of(Cause cause, Seconds keepalive) {
  return cause == Cause::keepalive_timeout ? keepalive * 3 / 2 : Seconds{0};
}

}  // namespace rollcall
