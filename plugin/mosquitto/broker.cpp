// SPDX-License-Identifier: Apache-2.0
#include "plugin/mosquitto/broker.hpp"

#include <array>
#include <chrono>
#include <ctime>

#include <dlfcn.h>

#include "plugin/device_permissions.hpp"
#include "plugin/mosquitto/message_properties.hpp"
#include "plugin/mosquitto/mosquitto_headers.hpp"
#include "plugin/mosquitto/process.hpp"

namespace rollcall::plugin {
namespace {

/// Up to 2.0.20 brokers look for keepalives that have run out every 6 s, later ones each second.
Millis sweep_of_running_broker() {
  constexpr int kEachSecondFrom = 21;
  return is_running_in_v21() || patch_version_of_2_0() >= kEachSecondFrom ? Millis{2000} : Millis{7000};
}

}  // namespace

bool is_running_in_v21() { return dlsym(RTLD_DEFAULT, "mosquitto_plugin_set_info") != nullptr; }

void write_log(LogLevel level, const std::string& line) {
  constexpr std::array<int, 4> kLevels{MOSQ_LOG_INFO, MOSQ_LOG_NOTICE, MOSQ_LOG_WARNING, MOSQ_LOG_ERR};
  mosquitto_log_printf(kLevels[static_cast<std::size_t>(level)], "%s%s", kLogName.data(), line.c_str());
}

MosquittoBroker::MosquittoBroker() : keepalive_sweep_(sweep_of_running_broker()) {}

ClientFacts MosquittoBroker::facts(ClientHandle handle) const {
  // The handle was the broker's own, non-const pointer.
  auto* client = static_cast<mosquitto*>(const_cast<void*>(handle));
  ClientFacts facts;
  facts.client_id = view_of(mosquitto_client_id(client), kMaxReportedIdBytes + 1);
  const char* username = mosquitto_client_username(client);
  facts.has_username = username != nullptr;
  facts.username = view_of(username, kMaxReportedUsernameBytes + 1);
  facts.address = view_of(mosquitto_client_address(client));
  facts.protocol = static_cast<std::uint8_t>(mosquitto_client_protocol_version(client));
  facts.keepalive = static_cast<std::uint16_t>(mosquitto_client_keepalive(client));
  facts.clean_session = mosquitto_client_clean_session(client);
  return facts;
}

bool MosquittoBroker::publish(std::string_view topic, std::string_view payload, int qos, bool retain) {
  const std::string terminated(topic);
  return mosquitto_broker_publish_copy(nullptr, terminated.c_str(), static_cast<int>(payload.size()),
                                       payload.data(), qos, retain, nullptr) == MOSQ_ERR_SUCCESS;
}

bool MosquittoBroker::publish_command(const CommandMessage& message) {
  const std::string terminated(message.topic);
  auto* properties = make_properties(message);
  const bool is_taken = mosquitto_broker_publish_copy(
                            nullptr, terminated.c_str(), static_cast<int>(message.payload.size()),
                            message.payload.data(), message.qos, false, properties) == MOSQ_ERR_SUCCESS;
  if (!is_taken) mosquitto_property_free_all(&properties);
  return is_taken;
}

MessageProperties MosquittoBroker::properties(const void* properties) const {
  return read_properties(static_cast<const mosquitto_property*>(properties));
}

Millis MosquittoBroker::monotonic() const {
  timespec time{};
  ::clock_gettime(CLOCK_BOOTTIME, &time);
  return Millis{time.tv_sec * 1000LL + time.tv_nsec / 1'000'000};
}

Millis MosquittoBroker::wall() const {
  return std::chrono::duration_cast<Millis>(std::chrono::system_clock::now().time_since_epoch());
}

}  // namespace rollcall::plugin
