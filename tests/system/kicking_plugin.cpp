// SPDX-License-Identifier: Apache-2.0
// A Mosquitto plugin for tests alone: who publishes to kick/CLIENT_ID has that client thrown out, while the
// broker still handles the message; with the payload "will" its will is sent. What stands before it in the
// broker can't tell it from a plugin for administration.
#include <cstring>
#include <string_view>

#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>
// mosquitto_plugin.h needs the header above it
#include <mosquitto.h>

namespace {

mosquitto_plugin_id_t* own_id = nullptr;

int on_message(int, void* data, void*) {
  const auto& event = *static_cast<mosquitto_evt_message*>(data);
  constexpr std::string_view kPrefix = "kick/";
  if (std::strncmp(event.topic, kPrefix.data(), kPrefix.size()) != 0) return MOSQ_ERR_SUCCESS;
  const std::string_view payload(static_cast<const char*>(event.payload), event.payloadlen);
  mosquitto_kick_client_by_clientid(event.topic + kPrefix.size(), payload == "will");
  return MOSQ_ERR_SUCCESS;
}

}  // namespace

extern "C" {

int mosquitto_plugin_version(int, const int*) { return MOSQ_PLUGIN_VERSION; }

int mosquitto_plugin_init(mosquitto_plugin_id_t* identifier, void**, mosquitto_opt*, int) {
  own_id = identifier;
  return mosquitto_callback_register(own_id, MOSQ_EVT_MESSAGE, on_message, nullptr, nullptr);
}

int mosquitto_plugin_cleanup(void*, mosquitto_opt*, int) {
  return mosquitto_callback_unregister(own_id, MOSQ_EVT_MESSAGE, on_message, nullptr);
}
}
