// SPDX-License-Identifier: Apache-2.0
// What the broker hands back to every callback, and what the instances of the plugin share.
#pragma once

#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "plugin/mosquitto/broker.hpp"
#include "plugin/mosquitto/mosquitto_headers.hpp"
#include "plugin/open_access.hpp"
#include "plugin/plugin.hpp"

namespace rollcall::plugin {

struct Callback;

/// The file by which the broker has loaded this plugin; "" if it isn't known.
std::string own_file();

/// What all instances of the plugin in this process share. It is made before the first callback is
/// registered, and destroyed after the last one is taken back.
struct Shared {
  explicit Shared(Options options);

  MosquittoBroker broker;
  const bool is_v21;
  Plugin plugin;
  OpenAccess open_access;
  const std::thread::id thread = std::this_thread::get_id();
  std::size_t instances_made = 0;
};

/// One instance: the broker makes several with per_listener_settings.
struct Instance {
  Instance() = default;
  /// Takes back its callbacks.
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  mosquitto_plugin_id_t* id = nullptr;
  std::shared_ptr<Shared> shared;
  std::size_t number = 0;  ///< in the order in which the broker makes them
  bool is_v21 = false;
  std::vector<const Callback*> registered;
  std::optional<Fallbacks> fallbacks;  ///< empty: to be learnt, at the start and after a reload
  bool has_login_fallback = false, has_access_fallback = false;

  Plugin& plugin() const { return shared->plugin; }

  /// True on a thread that isn't the broker's. 2.1 answers HTTP requests on one of its own, and asks there
  /// who may do what; Rollcall leaves that to the others.
  bool is_on_other_thread() const { return std::this_thread::get_id() != shared->thread; }
};

inline Instance& instance_of(void* userdata) { return *static_cast<Instance*>(userdata); }

/// Logs what can't be learnt about open access, once.
void log_what_is_unclear(Instance& instance);

/// Runs `entry`. An exception becomes a line in the broker's log and the answer `on_error`: none may reach
/// the broker. `what`: what the plugin was about to do.
template <typename Entry>
int guarded(const char* what, int on_error, const Entry& entry) noexcept {
  try {
    return entry();
  } catch (const std::exception& error) {
    mosquitto_log_printf(MOSQ_LOG_ERR, "%sinternal error (%s): %s; please report this", kLogName.data(), what,
                         error.what());
  } catch (...) {
    mosquitto_log_printf(MOSQ_LOG_ERR, "%sinternal error (%s): unknown exception; please report this",
                         kLogName.data(), what);
  }
  return on_error;
}

}  // namespace rollcall::plugin
