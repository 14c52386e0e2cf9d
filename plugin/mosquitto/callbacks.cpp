// SPDX-License-Identifier: Apache-2.0
#include "plugin/mosquitto/callbacks.hpp"

#include <array>
#include <cstring>
#include <optional>

#include "plugin/mosquitto/fallback_callbacks.hpp"
#include "plugin/mosquitto/process.hpp"
#include "topics/names.hpp"

namespace rollcall::plugin {

/// A callback that is registered, and taken back in the end.
struct Callback {
  int event;
  MOSQ_FUNC_generic_callback function;
  const void* event_data = nullptr;
  bool is_of_v21 = false;
};

namespace {

int on_tick(int, void* data, void* userdata);

/// 2.1 calls ticks by the wall clock: if that is set back by an hour, none come for an hour, except to
/// callbacks that are registered from then on.
void revive_ticks(Instance& instance) {
  if (!instance.plugin().take_stopped_ticks()) return;
  mosquitto_callback_unregister(instance.id, MOSQ_EVT_TICK, on_tick, nullptr);
  mosquitto_callback_register(instance.id, MOSQ_EVT_TICK, on_tick, nullptr, &instance);
}

int neutral_answer(const Instance& instance) {
  return instance.is_v21 ? kErrorPluginIgnore : MOSQ_ERR_PLUGIN_DEFER;
}

int on_basic_auth(int, void* data, void* userdata) {
  auto& instance = instance_of(userdata);
  if (instance.is_on_other_thread()) return neutral_answer(instance);
  return guarded("login", neutral_answer(instance), [&] {
    const auto& event = *static_cast<mosquitto_evt_basic_auth*>(data);
    add_fallbacks(instance);
    switch (instance.plugin().basic_auth(event.client, optional_view_of(event.username),
                                         optional_view_of(event.password))) {
      case Verdict::allow:
        return static_cast<int>(MOSQ_ERR_SUCCESS);
      case Verdict::deny:
        // At a reload the broker asks for all its sessions, also for those that it restored and that nobody
        // has connected to since: they have no password and no protocol. Nobody comes in by that. And each
        // time that one is refused, 2.0.11 puts it on a list once more, where it stays when it is freed.
        return static_cast<int>(mosquitto_client_protocol_version(event.client) == 0 ? MOSQ_ERR_SUCCESS
                                                                                     : MOSQ_ERR_AUTH);
      case Verdict::none:
        break;
    }
    return neutral_answer(instance);
  });
}

Access access_of(int access) {
  constexpr int kUnsubscribe = 8;  // unknown to the headers of 2.0.11
  switch (access) {
    case MOSQ_ACL_WRITE:
      return Access::write;
    case MOSQ_ACL_SUBSCRIBE:
      return Access::subscribe;
    case kUnsubscribe:
      return Access::unsubscribe;
    default:
      return Access::read;
  }
}

int on_acl_check(int, void* data, void* userdata) {
  auto& instance = instance_of(userdata);
  if (instance.is_on_other_thread()) return neutral_answer(instance);
  // A check that fails must not open what is reserved: when in doubt, no.
  return guarded("access check", MOSQ_ERR_ACL_DENIED, [&] {
    const auto& event = *static_cast<mosquitto_evt_acl_check*>(data);
    // A line of the log comes at any time, also while the broker still registers its own checks.
    const bool is_from_the_loop = event.access != MOSQ_ACL_READ || !is_broker_log(text_of(event.topic));
    if (is_from_the_loop) add_fallbacks(instance);
    switch (instance.plugin().acl_check(event.client, access_of(event.access), text_of(event.topic),
                                        bytes_of(event.payload, event.payloadlen))) {
      case Verdict::allow:
        return static_cast<int>(MOSQ_ERR_SUCCESS);
      case Verdict::deny:
        return static_cast<int>(MOSQ_ERR_ACL_DENIED);
      case Verdict::none:
        break;
    }
    return neutral_answer(instance);
  });
}

int on_connect(int, void* data, void* userdata) {
  return guarded("connect", MOSQ_ERR_SUCCESS, [&] {
    auto& instance = instance_of(userdata);
    instance.plugin().connected(static_cast<ConnectEvent*>(data)->client);
    revive_ticks(instance);
    return MOSQ_ERR_SUCCESS;
  });
}

/// Also for MOSQ_EVT_CLIENT_OFFLINE, whose data has the same shape.
int on_disconnect(int, void* data, void* userdata) {
  return guarded("disconnect", MOSQ_ERR_SUCCESS, [&] {
    auto& instance = instance_of(userdata);
    const auto& event = *static_cast<mosquitto_evt_disconnect*>(data);
    instance.plugin().disconnected(event.client,
                                   instance.is_v21 ? std::optional<int>(event.reason) : std::nullopt);
    revive_ticks(instance);
    return MOSQ_ERR_SUCCESS;
  });
}

int on_message(int, void* data, void* userdata) {
  return guarded("message", MOSQ_ERR_SUCCESS, [&] {
    const auto& event = *static_cast<mosquitto_evt_message*>(data);
    instance_of(userdata).plugin().message(event.client, text_of(event.topic),
                                           bytes_of(event.payload, event.payloadlen), event.retain, event.qos,
                                           event.properties);
    return MOSQ_ERR_SUCCESS;
  });
}

/// A message is about to be sent to one subscriber.
int on_message_out(int, void* data, void* userdata) {
  return guarded("outgoing message", MOSQ_ERR_SUCCESS, [&] {
    auto& event = *static_cast<mosquitto_evt_message*>(data);
    using Action = OutgoingMessage::Action;
    const auto outgoing = instance_of(userdata).plugin().outgoing(text_of(event.topic),
                                                                  bytes_of(event.payload, event.payloadlen));
    if (outgoing.action == Action::keep) return static_cast<int>(MOSQ_ERR_SUCCESS);
    // The broker frees it. Without memory the message is lost, which the bridge notices.
    void* bytes = outgoing.action == Action::replace ? mosquitto_malloc(outgoing.payload.size()) : nullptr;
    if (bytes == nullptr) return static_cast<int>(MOSQ_ERR_ACL_DENIED);
    std::memcpy(bytes, outgoing.payload.data(), outgoing.payload.size());
    event.payload = bytes;
    event.payloadlen = static_cast<std::uint32_t>(outgoing.payload.size());
    return static_cast<int>(MOSQ_ERR_SUCCESS);
  });
}

int on_control(int, void* data, void* userdata) {
  // Any other answer would disconnect the client.
  return guarded("request", MOSQ_ERR_SUCCESS, [&] {
    const auto& event = *static_cast<mosquitto_evt_control*>(data);
    auto& instance = instance_of(userdata);
    instance.plugin().control(event.client, bytes_of(event.payload, event.payloadlen));
    revive_ticks(instance);
    return MOSQ_ERR_SUCCESS;
  });
}

/// Asks 2.1 to call again soon. The field is `next_ms` there, of the same type and in the same place as
/// `next_ns` in the older headers.
void set_short_sleep(mosquitto_evt_tick& event) {
#if __has_include(<mosquitto/broker.h>)
  event.next_ms = 1;
#else
  event.next_ns = 1;
#endif
}

int on_tick(int, void* data, void* userdata) {
  return guarded("tick", MOSQ_ERR_SUCCESS, [&] {
    auto& instance = instance_of(userdata);
    add_fallbacks(instance);
    const bool was_wanted = instance.plugin().wants_tick();
    instance.plugin().tick();
    if (!instance.is_v21) return MOSQ_ERR_SUCCESS;  // it reads no answer
    auto& event = *static_cast<mosquitto_evt_tick*>(data);
    if (was_wanted || instance.plugin().wants_tick()) {
      // 2.1 sends what was published here only after its next sleep, which may be long.
      set_short_sleep(event);
    } else {
      // Built without libwebsockets it may sleep for long, which would look as if it stood still. It doesn't
      // tick again before that time; so that it goes on to do so in each turn, the time counts from before.
      event.next_s = 1;
      event.now_s -= event.next_s;
    }
    return MOSQ_ERR_SUCCESS;
  });
}

int on_reload(int, void*, void* userdata) {
  auto& instance = instance_of(userdata);
  // On 2.0 any other answer leaves the broker without its password and ACL checks, and 0 keeps later plugins
  // from being told; on 2.1 anything but 0 ends the broker.
  const int answer = instance.is_v21 ? MOSQ_ERR_SUCCESS : MOSQ_ERR_PLUGIN_DEFER;
  return guarded("reload", answer, [&] {
    instance.plugin().reload();
    remove_fallbacks(instance);
    instance.fallbacks.reset();
    instance.shared->open_access.reload(instance.number, files_on_disk(own_file()));
    return answer;
  });
}

const std::array<Callback, 10> kCallbacks{{{MOSQ_EVT_RELOAD, on_reload},
                                           {MOSQ_EVT_ACL_CHECK, on_acl_check},
                                           {MOSQ_EVT_BASIC_AUTH, on_basic_auth},
                                           {MOSQ_EVT_DISCONNECT, on_disconnect},
                                           {MOSQ_EVT_MESSAGE, on_message},
                                           {MOSQ_EVT_TICK, on_tick},
                                           {kEventConnect, on_connect, nullptr, true},
                                           {kEventClientOffline, on_disconnect, nullptr, true},
                                           {kEventMessageOut, on_message_out, nullptr, true},
                                           {MOSQ_EVT_CONTROL, on_control, kControlTopic.data()}}};

}  // namespace

int register_callbacks(Instance& instance) {
  for (const auto& callback : kCallbacks) {
    if (callback.is_of_v21 && !instance.is_v21) continue;
    const int result = mosquitto_callback_register(instance.id, callback.event, callback.function,
                                                   callback.event_data, &instance);
    if (result == MOSQ_ERR_SUCCESS) {
      instance.registered.push_back(&callback);
      continue;
    }
    // 2.1 has one handler of a $CONTROL topic for all listeners: the first instance's.
    const bool has_handler =
        callback.event == MOSQ_EVT_CONTROL && result == MOSQ_ERR_ALREADY_EXISTS && instance.number > 0;
    if (!has_handler) return result;
  }
  return MOSQ_ERR_SUCCESS;
}

Instance::~Instance() { unregister_callbacks(*this); }

void unregister_callbacks(Instance& instance) {
  remove_fallbacks(instance);
  for (const auto* callback : instance.registered) {
    mosquitto_callback_unregister(instance.id, callback->event, callback->function, callback->event_data);
  }
  instance.registered.clear();
}

}  // namespace rollcall::plugin
