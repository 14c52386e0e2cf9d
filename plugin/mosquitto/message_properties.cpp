// SPDX-License-Identifier: Apache-2.0
#include "plugin/mosquitto/message_properties.hpp"

#include <array>
#include <cstdlib>
#include <memory>
#include <string>

#include <dlfcn.h>

#include "topics/protocol/wire.hpp"

namespace rollcall::plugin {
namespace {

enum Identifier : std::uint8_t {
  kPayloadFormat = 1,
  kExpiry = 2,
  kContentType = 3,
  kResponseTopic = 8,
  kCorrelationData = 9,
  kUserProperty = 38
};

using Property = mosquitto_property;

/// The functions of 2.1 by which plugins read properties; 2.0 has no such.
struct Readers {
  template <typename Function>
  static void find(Function*& function, const char* name) {
    function = reinterpret_cast<Function*>(dlsym(RTLD_DEFAULT, name));
  }
  Readers() {
    find(byte, "mosquitto_property_read_byte");
    find(int32, "mosquitto_property_read_int32");
    find(string, "mosquitto_property_read_string");
    find(binary, "mosquitto_property_read_binary");
    find(pair, "mosquitto_property_read_string_pair");
  }
  bool are_there() const {
    return byte != nullptr && int32 != nullptr && string != nullptr && binary != nullptr && pair != nullptr;
  }

  const Property* (*byte)(const Property*, int, std::uint8_t*, bool) = nullptr;
  const Property* (*int32)(const Property*, int, std::uint32_t*, bool) = nullptr;
  const Property* (*string)(const Property*, int, char**, bool) = nullptr;
  const Property* (*binary)(const Property*, int, void**, std::uint16_t*, bool) = nullptr;
  const Property* (*pair)(const Property*, int, char**, char**, bool) = nullptr;
};

struct Free {
  void operator()(void* memory) const { mosquitto_free(memory); }
};
using Text = std::unique_ptr<char, Free>;

void write(WireWriter& out, Identifier identifier, std::string_view first, std::string_view second = {}) {
  out.number(static_cast<std::uint8_t>(identifier));
  out.short_string(first);
  out.short_string(second);
}

}  // namespace

MessageProperties read_properties(const mosquitto_property* properties) {
  static const Readers read;
  if (properties == nullptr || !read.are_there()) return {};
  MessageProperties kept;
  WireWriter out(kept.others);
  read.int32(properties, kExpiry, &kept.expires_after, false);
  if (std::uint8_t format = 0; read.byte(properties, kPayloadFormat, &format, false) != nullptr)
    write(out, kPayloadFormat, std::string(1, static_cast<char>(format)));
  for (const auto identifier : {kContentType, kResponseTopic}) {
    char* text = nullptr;
    const bool is_there = read.string(properties, identifier, &text, false) != nullptr;
    const Text owner(text);
    if (is_there) write(out, identifier, view_of(text));
  }
  void* data = nullptr;
  std::uint16_t size = 0;
  const bool has_data = read.binary(properties, kCorrelationData, &data, &size, false) != nullptr;
  const std::unique_ptr<void, Free> owner(data);
  if (has_data) write(out, kCorrelationData, bytes_of(data, size));
  const auto* at = properties;
  for (bool is_next = false; at != nullptr; is_next = true) {
    char* name = nullptr;
    char* value = nullptr;
    at = read.pair(at, kUserProperty, &name, &value, is_next);
    const Text owner_of_name(name);
    const Text owner_of_value(value);
    if (at != nullptr) write(out, kUserProperty, view_of(name), view_of(value));
  }
  return kept;
}

mosquitto_property* make_properties(const CommandMessage& message) {
  mosquitto_property* made = nullptr;
  if (message.expires_after > 0) mosquitto_property_add_int32(&made, kExpiry, message.expires_after);
  WireReader in(message.properties);
  while (in.is_good() && !in.is_at_end()) {
    const auto identifier = in.number<std::uint8_t>();
    const std::string first(in.short_string());
    const std::string second(in.short_string());
    if (!in.is_good()) break;
    switch (identifier) {
      case kPayloadFormat:
        if (!first.empty())
          mosquitto_property_add_byte(&made, identifier, static_cast<std::uint8_t>(first.front()));
        break;
      case kContentType:
      case kResponseTopic:
        mosquitto_property_add_string(&made, identifier, first.c_str());
        break;
      case kCorrelationData:
        mosquitto_property_add_binary(&made, identifier, first.data(),
                                      static_cast<std::uint16_t>(first.size()));
        break;
      case kUserProperty:
        mosquitto_property_add_string_pair(&made, identifier, first.c_str(), second.c_str());
        break;
      default:
        break;
    }
  }
  return made;
}

}  // namespace rollcall::plugin
