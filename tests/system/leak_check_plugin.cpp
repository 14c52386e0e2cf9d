// SPDX-License-Identifier: Apache-2.0
// A Mosquitto plugin for tests alone, under ASan: leaks are looked for when the broker's main() has ended,
// and then the process ends. By itself LeakSanitizer looks after the destructors of all libraries, and one of
// those of Mosquitto 2.1 (p11-kit's) may hang with ASan in front: since the broker's first strerror(),
// freelocale() never gets its lock.
//
// With plugin_opt_forget true it forgets memory itself, so that the tests see that a leak would be found.
#include <cstdlib>
#include <cstring>

#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>
// mosquitto_plugin.h needs the header above it
#include <mosquitto.h>

// Without ASan there is none.
extern "C" __attribute__((weak)) void __lsan_do_leak_check();

namespace {

mosquitto_plugin_id_t* own_id = nullptr;
bool forgets = false;
char* volatile latest = nullptr;  // else clang leaves out what nobody reads

int forget_on_tick(int, void*, void*) {
  for (int i = 0; forgets && i < 100; ++i) latest = new char[100];
  return MOSQ_ERR_SUCCESS;
}

void look_for_leaks_and_end() {
  if (__lsan_do_leak_check != nullptr) __lsan_do_leak_check();
  std::_Exit(0);
}

}  // namespace

extern "C" {

int mosquitto_plugin_version(int, const int*) { return MOSQ_PLUGIN_VERSION; }

int mosquitto_plugin_init(mosquitto_plugin_id_t* identifier, void**, mosquitto_opt* options, int count) {
  own_id = identifier;
  for (int i = 0; i < count; ++i) forgets = forgets || std::strcmp(options[i].key, "forget") == 0;
  if (std::atexit(look_for_leaks_and_end) != 0) return MOSQ_ERR_UNKNOWN;
  return mosquitto_callback_register(own_id, MOSQ_EVT_TICK, forget_on_tick, nullptr, nullptr);
}

int mosquitto_plugin_cleanup(void*, mosquitto_opt*, int) {
  return mosquitto_callback_unregister(own_id, MOSQ_EVT_TICK, forget_on_tick, nullptr);
}
}
