// SPDX-License-Identifier: Apache-2.0
// Mosquitto's plugin interface, version 5, by the headers of 2.0 or 2.1. One .so serves both: what only 2.1
// has is declared here where the headers of 2.0 lack it, and used only if the running broker is a 2.1.
#pragma once

#if __has_include(<mosquitto/broker.h>)
#  include <mosquitto/broker.h>
#  include <mosquitto/broker_plugin.h>
#else
#  include <mosquitto_broker.h>
#  include <mosquitto_plugin.h>
// mosquitto_plugin.h needs the header above it
#  include <mosquitto.h>
#endif
#include <cstddef>
#include <cstring>
#include <optional>
#include <string_view>

namespace rollcall::plugin {

// Of 2.1, under names of our own.
inline constexpr int kEventConnect = 11;
inline constexpr int kEventMessageOut = 27;
inline constexpr int kEventClientOffline = 28;
inline constexpr int kErrorPluginIgnore = 32;

/// mosquitto_evt_connect of 2.1
struct ConnectEvent {
  void* future;
  mosquitto* client;
  void* future2[4];
};

// The broker's strings may be nullptr.

inline const char* text_of(const char* text) { return text == nullptr ? "" : text; }

inline std::string_view view_of(const char* text) { return text_of(text); }

/// Looks at `limit` bytes at most, and leaves out the rest.
inline std::string_view view_of(const char* text, std::size_t limit) {
  return {text_of(text), ::strnlen(text_of(text), limit)};
}

inline std::optional<std::string_view> optional_view_of(const char* text) {
  if (text == nullptr) return std::nullopt;
  return std::string_view{text};
}

inline std::string_view bytes_of(const void* data, std::size_t size) {
  return data == nullptr ? std::string_view{} : std::string_view{static_cast<const char*>(data), size};
}

}  // namespace rollcall::plugin
