// SPDX-License-Identifier: Apache-2.0
// What the broker calls to load and unload the plugin: options, the checks of its place in the configuration,
// and the registration of its callbacks. Nothing here throws into the broker: each entry goes through
// guarded().
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/secret_file.hpp"
#include "plugin/mosquitto/callbacks.hpp"
#include "plugin/mosquitto/instance.hpp"

namespace rollcall::plugin {
namespace {

std::weak_ptr<Shared>& shared_of_this_process() {
  static std::weak_ptr<Shared> shared;
  return shared;
}

/// Returns what keeps the plugin from doing its work at its place in the configuration; "" if nothing does.
std::string misplaced(const Shared& shared) {
  const auto& conf = shared.open_access.conf();
  if (shared.is_v21 && conf && conf->is_doubled()) {
    return "this plugin is loaded for all listeners and once more for one of them: keep the lines for all "
           "(global_plugin, or plugin without per_listener_settings) and remove the others";
  }
  if (!shared.open_access.is_behind_another()) return {};
  return "another plugin is loaded before this one: clients that it allows to write can forge every status; "
         "move this plugin's lines in front of those of all others";
}

/// `secret_warning`: of the file with the bridge's secret.
void log_start(const Shared& shared, const std::optional<std::string>& secret_warning) {
  const auto& conf = shared.open_access.conf();
  if (const auto unguarded = conf ? conf->unguarded_listeners() : 0; unguarded > 0) {
    write_log(LogLevel::warning, std::to_string(unguarded) + (unguarded == 1 ? " listener" : " listeners") +
                                     " without this plugin: clients there are not seen, and can forge every "
                                     "status; add the plugin's lines to each listener");
  }
  if (secret_warning) write_log(LogLevel::warning, "plugin_opt_bridge_password_file: " + *secret_warning);
  if (shared.plugin.options().bridge_secret.empty()) {
    write_log(LogLevel::warning, "plugin_opt_bridge_password_file is not set: no bridge can log in");
  }
  write_log(LogLevel::info,
            "loaded version " ROLLCALL_VERSION ", topics " + shared.plugin.options().topic_prefix + "/…");
}

/// Returns what the instances share, made with `options` by the first of them; nullptr if another one has
/// other options.
std::shared_ptr<Shared> shared_with(Options options) {
  auto shared = shared_of_this_process().lock();
  if (!shared) {
    shared_of_this_process() = shared = std::make_shared<Shared>(std::move(options));
    return shared;
  }
  return shared->plugin.options() == options ? shared : nullptr;
}

/// Registers the callbacks. `is_repeated` becomes true if another instance serves the same listeners, so that
/// this one has nothing to do. Returns the broker's error if it refuses one for another reason.
int register_instance(Instance& instance, bool& is_repeated) {
  const auto& conf = instance.shared->open_access.conf();
  const bool is_known_as_repeated = instance.is_v21 && conf && conf->is_repeated(instance.number);
  const int result = is_known_as_repeated ? MOSQ_ERR_ALREADY_EXISTS : register_callbacks(instance);
  if (result == MOSQ_ERR_SUCCESS) return result;
  unregister_callbacks(instance);
  // 2.0 keeps one callback of a kind for each of its lists, and so says by itself that there is one.
  is_repeated = result == MOSQ_ERR_ALREADY_EXISTS && instance.number > 0;
  return is_repeated ? MOSQ_ERR_SUCCESS : result;
}

int start(mosquitto_plugin_id_t* id, void** userdata,
          const std::vector<std::pair<std::string, std::string>>& pairs) {
  std::optional<std::string> secret_warning;
  auto options = parse_options(pairs, [&](const std::string& path) -> Result<std::string> {
    auto secret = read_secret_file(path);
    if (!secret) return tl::make_unexpected(secret.error());
    secret_warning = std::move(secret->warning);
    return std::move(secret->text);
  });
  if (!options) {
    write_log(LogLevel::error, options.error().message);
    return MOSQ_ERR_INVAL;
  }
  auto instance = std::make_unique<Instance>();
  instance->id = id;
  instance->shared = shared_with(*std::move(options));
  if (!instance->shared) {
    write_log(
        LogLevel::error,
        "this plugin is loaded more than once with different options: give it the same options everywhere");
    return MOSQ_ERR_INVAL;
  }
  auto& shared = *instance->shared;
  instance->is_v21 = shared.is_v21;
  instance->number = shared.instances_made++;
  if (const auto problem = misplaced(shared); !problem.empty()) {
    if (instance->is_v21 || instance->number == 0)
      write_log(instance->is_v21 ? LogLevel::error : LogLevel::warning, problem);
    if (instance->is_v21) return MOSQ_ERR_INVAL;
  }
  bool is_repeated = false;
  if (const int error = register_instance(*instance, is_repeated); error != MOSQ_ERR_SUCCESS) {
    write_log(LogLevel::error, "this broker refused to register a callback (error " + std::to_string(error) +
                                   "): it must be Mosquitto 2.0 or 2.1");
    return error;
  }
  if (is_repeated) {
    write_log(
        LogLevel::warning,
        "this plugin is loaded twice for the same listeners: the second one does nothing; remove its lines");
  } else if (instance->number == 0) {
    log_start(shared, secret_warning);
  }
  if (!instance->is_v21) log_what_is_unclear(*instance);
  *userdata = instance.release();
  return MOSQ_ERR_SUCCESS;
}

}  // namespace
}  // namespace rollcall::plugin

#pragma GCC visibility push(default)
extern "C" {

int mosquitto_plugin_version(int supported_version_count, const int* supported_versions) {
  constexpr int kVersion = 5;
  for (int i = 0; i < supported_version_count; ++i) {
    if (supported_versions[i] == kVersion) return kVersion;
  }
  return -1;
}

int mosquitto_plugin_init(mosquitto_plugin_id_t* identifier, void** userdata, mosquitto_opt* options,
                          int option_count) {
  using namespace rollcall::plugin;
  return guarded("start", MOSQ_ERR_UNKNOWN, [&] {
    std::vector<std::pair<std::string, std::string>> pairs;
    pairs.reserve(static_cast<std::size_t>(option_count));
    for (int i = 0; i < option_count; ++i)
      pairs.emplace_back(view_of(options[i].key), view_of(options[i].value));
    return start(identifier, userdata, pairs);
  });
}

int mosquitto_plugin_cleanup(void* userdata, mosquitto_opt* /*options*/, int /*option_count*/) {
  using namespace rollcall::plugin;
  return guarded("end", MOSQ_ERR_SUCCESS, [&] {
    const std::unique_ptr<Instance> instance(static_cast<Instance*>(userdata));
    return MOSQ_ERR_SUCCESS;
  });
}
}
#pragma GCC visibility pop
