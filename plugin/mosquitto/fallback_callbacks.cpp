// SPDX-License-Identifier: Apache-2.0
#include "plugin/mosquitto/fallback_callbacks.hpp"

#include <utility>

namespace rollcall::plugin {
namespace {

int on_login_fallback(int, void* data, void*) {
  return static_cast<mosquitto_evt_basic_auth*>(data)->username == nullptr ? MOSQ_ERR_PLUGIN_DEFER
                                                                           : MOSQ_ERR_SUCCESS;
}

int on_access_fallback(int, void*, void*) { return MOSQ_ERR_SUCCESS; }

}  // namespace

void add_fallbacks(Instance& instance) {
  if (instance.is_v21) return;
  if (!instance.fallbacks) {
    instance.fallbacks = instance.shared->open_access.fallbacks(instance.number);
    log_what_is_unclear(instance);
  }
  const auto add = [&](bool is_needed, bool& is_there, int event, MOSQ_FUNC_generic_callback callback) {
    if (is_there || !is_needed) return;
    is_there =
        mosquitto_callback_register(instance.id, event, callback, nullptr, &instance) == MOSQ_ERR_SUCCESS;
  };
  add(instance.fallbacks->logins, instance.has_login_fallback, MOSQ_EVT_BASIC_AUTH, on_login_fallback);
  add(instance.fallbacks->access, instance.has_access_fallback, MOSQ_EVT_ACL_CHECK, on_access_fallback);
}

void remove_fallbacks(Instance& instance) {
  if (std::exchange(instance.has_login_fallback, false)) {
    mosquitto_callback_unregister(instance.id, MOSQ_EVT_BASIC_AUTH, on_login_fallback, nullptr);
  }
  if (std::exchange(instance.has_access_fallback, false)) {
    mosquitto_callback_unregister(instance.id, MOSQ_EVT_ACL_CHECK, on_access_fallback, nullptr);
  }
}

}  // namespace rollcall::plugin
