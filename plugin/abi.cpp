// SPDX-License-Identifier: Apache-2.0
// Mosquitto's plugin interface, version 5: the only file that includes Mosquitto's headers. One .so for 2.0
// and 2.1: built with the headers of either, features found at run time.
//
// Nothing here throws into the broker: each entry goes through guarded(). On 2.0 there is no neutral answer
// to a login or an access check, so beside the first callbacks, which defer, stand tail callbacks, behind the
// broker's own checks: they allow what got that far, and only where nobody else decides
// (broker_settings.hpp).

#if __has_include(<mosquitto/broker.h>)
#  include <mosquitto/broker.h>
#  include <mosquitto/broker_plugin.h>
#else
#  include <mosquitto_broker.h>
#  include <mosquitto_plugin.h>
// mosquitto_plugin.h needs the header above it
#  include <mosquitto.h>
#endif
#include <array>
#include <chrono>
#include <cstring>
#include <exception>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <dlfcn.h>
#include <link.h>

#include "plugin/broker_settings.hpp"
#include "plugin/core.hpp"
#include "secrets/secret_file.hpp"

namespace rollcall::plugin {
namespace {

// Of 2.1, unknown to the headers of 2.0.
constexpr int kEventConnect = 11;
constexpr int kEventMessageOut = 27;
constexpr int kEventClientOffline = 28;
constexpr int kErrorPluginIgnore = 32;
constexpr int kErrorNotSupported = 10;

struct ConnectEvent {  // mosquitto_evt_connect
  void* future;
  mosquitto* client;
  void* future2[4];
};

/// `text` for a printf with "%s": the broker's log is a C interface.
void write_log(LogLevel level, const std::string& text) {
  constexpr std::array<int, 4> kLevels{MOSQ_LOG_INFO, MOSQ_LOG_NOTICE, MOSQ_LOG_WARNING, MOSQ_LOG_ERR};
  mosquitto_log_printf(kLevels[static_cast<std::size_t>(level)], "%s%s", kLogName.data(), text.c_str());
}

const char* text_of(const char* text) { return text == nullptr ? "" : text; }

std::string_view view_of(const char* text) {
  return text == nullptr ? std::string_view{} : std::string_view{text};
}

/// Cut behind `limit` bytes: more than that makes no difference to whoever asks.
std::string_view view_of(const char* text, std::size_t limit) {
  return text == nullptr ? std::string_view{} : std::string_view{text, ::strnlen(text, limit)};
}

std::optional<std::string_view> optional_view_of(const char* text) {
  if (text == nullptr) return std::nullopt;
  return std::string_view{text};
}

std::string_view bytes_of(const void* data, std::size_t size) {
  return data == nullptr ? std::string_view{} : std::string_view{static_cast<const char*>(data), size};
}

class MosquittoBroker : public Broker {
 public:
  ClientFacts facts(ClientHandle handle) const override {
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
  bool publish(std::string_view topic, std::string_view payload, int qos, bool retain) override {
    const std::string terminated(topic);
    return mosquitto_broker_publish_copy(nullptr, terminated.c_str(), static_cast<int>(payload.size()),
                                         payload.data(), qos, retain, nullptr) == MOSQ_ERR_SUCCESS;
  }
  Millis monotonic() const override {
    return std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now().time_since_epoch());
  }
  void log(LogLevel level, const std::string& line) override { write_log(level, line); }
};

/// What all instances of the plugin in this process share.
struct Shared {
  MosquittoBroker broker;
  std::optional<Core> core;
  std::size_t instances_made = 0;
};

std::shared_ptr<Shared> shared_of_this_process() {
  static std::weak_ptr<Shared> shared;
  auto now = shared.lock();
  if (!now) shared = now = std::make_shared<Shared>();
  return now;
}

/// One instance: what the broker hands back to every callback.
struct Instance {
  mosquitto_plugin_id_t* id = nullptr;
  std::shared_ptr<Shared> shared;
  std::size_t number = 0;  // in the order in which the broker makes them
  bool is_v21 = false;
  Openness openness;
  std::optional<BrokerSettings> settings_at_start;
  bool is_registered = false;
  bool has_login_tail = false, has_access_tail = false;

  Core& core() const { return *shared->core; }
};

/// Runs `entry`; whatever it throws becomes a line in the broker's log and the answer `on_error`.
template <typename Entry>
int guarded(const char* what, int on_error, const Entry& entry) noexcept {
  try {
    return entry();
  } catch (const std::exception& error) {
    mosquitto_log_printf(MOSQ_LOG_ERR, "rollcall: %s: %s", what, error.what());
  } catch (...) {
    mosquitto_log_printf(MOSQ_LOG_ERR, "rollcall: %s: unknown exception", what);
  }
  return on_error;
}

Instance& instance_of(void* userdata) { return *static_cast<Instance*>(userdata); }

int neutral_answer(const Instance& instance) {
  return instance.is_v21 ? kErrorPluginIgnore : MOSQ_ERR_PLUGIN_DEFER;
}

int on_login_tail(int, void* data, void*) {
  return static_cast<mosquitto_evt_basic_auth*>(data)->username == nullptr ? MOSQ_ERR_PLUGIN_DEFER
                                                                           : MOSQ_ERR_SUCCESS;
}

int on_access_tail(int, void*, void*) { return MOSQ_ERR_SUCCESS; }

/// Behind the broker's own checks: those are registered after the plugin's, so the tail comes with the first
/// call.
void add_tail(Instance& instance, bool is_open, bool& has_tail, int event, MOSQ_FUNC_generic_callback tail) {
  if (instance.is_v21 || has_tail || !is_open) return;
  has_tail = mosquitto_callback_register(instance.id, event, tail, nullptr, &instance) == MOSQ_ERR_SUCCESS;
}

void remove_tails(Instance& instance) {
  if (std::exchange(instance.has_login_tail, false)) {
    mosquitto_callback_unregister(instance.id, MOSQ_EVT_BASIC_AUTH, on_login_tail, nullptr);
  }
  if (std::exchange(instance.has_access_tail, false)) {
    mosquitto_callback_unregister(instance.id, MOSQ_EVT_ACL_CHECK, on_access_tail, nullptr);
  }
}

int on_basic_auth(int, void* data, void* userdata) {
  auto& instance = instance_of(userdata);
  return guarded("login", neutral_answer(instance), [&] {
    const auto& event = *static_cast<mosquitto_evt_basic_auth*>(data);
    add_tail(instance, instance.openness.logins, instance.has_login_tail, MOSQ_EVT_BASIC_AUTH, on_login_tail);
    switch (instance.core().basic_auth(event.client, optional_view_of(event.username),
                                       optional_view_of(event.password))) {
      case Verdict::allow:
        return static_cast<int>(MOSQ_ERR_SUCCESS);
      case Verdict::deny:
        // At a reload the broker asks for all its sessions, also for those that it restored and that nobody
        // has connected to since: they have no password and no protocol. Nobody comes in by that; and each
        // time that one is refused, 2.0.11 puts it on a list once more, on which it stays when it is freed.
        return static_cast<int>(mosquitto_client_protocol_version(event.client) == 0 ? MOSQ_ERR_SUCCESS
                                                                                     : MOSQ_ERR_AUTH);
      case Verdict::none:
        break;
    }
    return neutral_answer(instance);
  });
}

int on_acl_check(int, void* data, void* userdata) {
  auto& instance = instance_of(userdata);
  // A check that fails here must not open what is reserved: when in doubt, no.
  return guarded("access check", MOSQ_ERR_ACL_DENIED, [&] {
    const auto& event = *static_cast<mosquitto_evt_acl_check*>(data);
    add_tail(instance, instance.openness.access, instance.has_access_tail, MOSQ_EVT_ACL_CHECK,
             on_access_tail);
    constexpr int kUnsubscribe = 8;
    const auto access = event.access == MOSQ_ACL_WRITE       ? Access::write
                        : event.access == MOSQ_ACL_SUBSCRIBE ? Access::subscribe
                        : event.access == kUnsubscribe       ? Access::unsubscribe
                                                             : Access::read;
    switch (instance.core().acl_check(event.client, access, text_of(event.topic),
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
    instance_of(userdata).core().connected(static_cast<ConnectEvent*>(data)->client);
    return MOSQ_ERR_SUCCESS;
  });
}

/// Also for MOSQ_EVT_CLIENT_OFFLINE, whose data has the same shape.
int on_disconnect(int, void* data, void* userdata) {
  return guarded("disconnect", MOSQ_ERR_SUCCESS, [&] {
    const auto& instance = instance_of(userdata);
    const auto& event = *static_cast<mosquitto_evt_disconnect*>(data);
    instance.core().disconnected(event.client,
                                 instance.is_v21 ? std::optional<int>(event.reason) : std::nullopt);
    return MOSQ_ERR_SUCCESS;
  });
}

int on_message(int, void* data, void* userdata) {
  return guarded("message", MOSQ_ERR_SUCCESS, [&] {
    const auto& event = *static_cast<mosquitto_evt_message*>(data);
    instance_of(userdata).core().message(event.client, text_of(event.topic),
                                         bytes_of(event.payload, event.payloadlen));
    return MOSQ_ERR_SUCCESS;
  });
}

/// A message is about to be sent to one subscriber.
int on_message_out(int, void* data, void* userdata) {
  return guarded("message out", MOSQ_ERR_SUCCESS, [&] {
    auto& event = *static_cast<mosquitto_evt_message*>(data);
    using What = Core::Leaving::What;
    const auto leaving =
        instance_of(userdata).core().leaving(text_of(event.topic), bytes_of(event.payload, event.payloadlen));
    if (leaving.what == What::as_it_is) return static_cast<int>(MOSQ_ERR_SUCCESS);
    // The broker frees it. Without memory the message is lost, which the bridge notices.
    void* bytes = leaving.what == What::instead ? mosquitto_malloc(leaving.payload.size()) : nullptr;
    if (bytes == nullptr) return static_cast<int>(MOSQ_ERR_ACL_DENIED);
    std::memcpy(bytes, leaving.payload.data(), leaving.payload.size());
    event.payload = bytes;
    event.payloadlen = static_cast<std::uint32_t>(leaving.payload.size());
    return static_cast<int>(MOSQ_ERR_SUCCESS);
  });
}

int on_control(int, void* data, void* userdata) {
  // Any other answer would disconnect the client.
  return guarded("request", MOSQ_ERR_SUCCESS, [&] {
    const auto& event = *static_cast<mosquitto_evt_control*>(data);
    instance_of(userdata).core().control(event.client, bytes_of(event.payload, event.payloadlen));
    return MOSQ_ERR_SUCCESS;
  });
}

int on_tick(int, void* data, void* userdata) {
  return guarded("tick", MOSQ_ERR_SUCCESS, [&] {
    auto& instance = instance_of(userdata);
    const bool was_wanted = instance.core().wants_tick();
    instance.core().tick();
    // 2.1 sends what was published here only after its next sleep, which may be long; 2.0 reads no answer.
    // The field is `next_ms` there, of the same type and in the same place as `next_ns` in the older headers.
    if (instance.is_v21 && (was_wanted || instance.core().wants_tick())) {
#if __has_include(<mosquitto/broker.h>)
      static_cast<mosquitto_evt_tick*>(data)->next_ms = 1;
#else
      static_cast<mosquitto_evt_tick*>(data)->next_ns = 1;
#endif
    }
    return MOSQ_ERR_SUCCESS;
  });
}

std::string own_file_name() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&own_file_name), &info) == 0 || info.dli_fname == nullptr)
    return {};
  const std::string path = info.dli_fname;
  return path.substr(path.rfind('/') + 1);
}

Result<BrokerSettings> learn_settings() {
  try {
    return learn_broker_settings(own_file_name());
  } catch (const std::exception& error) {
    return fail(error.what());
  }
}

/// True if the broker has already loaded another plugin: for where its configuration can't be read.
bool is_another_plugin_loaded() {
  const std::string own = own_file_name();
  const auto look = [](dl_phdr_info* object, std::size_t, void* own_name) {
    const std::string_view path = object->dlpi_name;
    if (path.empty() || path.ends_with(*static_cast<const std::string*>(own_name))) return 0;
    void* handle = dlopen(object->dlpi_name, RTLD_NOLOAD | RTLD_LAZY);
    if (handle == nullptr) return 0;
    const bool is_plugin = dlsym(handle, "mosquitto_plugin_init") != nullptr ||
                           dlsym(handle, "mosquitto_auth_plugin_init") != nullptr;
    dlclose(handle);
    return is_plugin ? 1 : 0;
  };
  return dl_iterate_phdr(look, const_cast<std::string*>(&own)) != 0;
}

/// On 2.0: where nobody else decides (broker_settings.hpp). Until it is learnt the answer is: nowhere.
void learn_openness(Instance& instance) {
  instance.openness = {};
  auto settings = learn_settings();
  if (settings && instance.settings_at_start) settings->keep_plugins_of(*instance.settings_at_start);
  if (settings && !instance.settings_at_start) instance.settings_at_start = *settings;
  if (const auto unguarded = settings ? settings->unguarded_listeners() : 0;
      unguarded > 0 && instance.number == 0) {
    write_log(
        LogLevel::warning,
        "per_listener_settings is on, and " + std::to_string(unguarded) +
            (unguarded == 1 ? " listener has" : " listeners have") +
            " no line of this plugin: clients there are not seen, and they can write every status; give each "
            "listener its own plugin lines");
  }
  if (instance.is_v21) return;
  switch (instance.core().options().open_broker) {
    case OpenBroker::yes:
      instance.openness = {true, true};
      break;
    case OpenBroker::no:
      break;
    case OpenBroker::automatic:
      if (settings) instance.openness = settings->openness(instance.number);
      if (settings) break;
      write_log(LogLevel::warning,
                "can't learn whether this broker is open (" + settings.error().message +
                    "): it counts as not open, and what no other plugin or file allows is refused; "
                    "say plugin_opt_open_broker yes or no");
      break;
  }
}

int on_reload(int, void*, void* userdata) {
  auto& instance = instance_of(userdata);
  // On 2.0 any other answer leaves the broker without its password and ACL checks, and 0 keeps later plugins
  // from being told; on 2.1 anything but 0 ends the broker.
  const int answer = instance.is_v21 ? MOSQ_ERR_SUCCESS : MOSQ_ERR_PLUGIN_DEFER;
  return guarded("reload", answer, [&] {
    instance.core().reload();
    remove_tails(instance);
    learn_openness(instance);
    return answer;
  });
}

/// What is registered, and taken back in the end. Those of 2.1 are refused by 2.0: that is how the two are
/// told apart.
struct Callback {
  int event;
  MOSQ_FUNC_generic_callback function;
  const void* event_data = nullptr;
};
const std::array<Callback, 3> kCallbacksOfV21{
    {{kEventConnect, on_connect}, {kEventClientOffline, on_disconnect}, {kEventMessageOut, on_message_out}}};
const std::array<Callback, 7> kCallbacks{{{MOSQ_EVT_RELOAD, on_reload},
                                          {MOSQ_EVT_ACL_CHECK, on_acl_check},
                                          {MOSQ_EVT_BASIC_AUTH, on_basic_auth},
                                          {MOSQ_EVT_DISCONNECT, on_disconnect},
                                          {MOSQ_EVT_MESSAGE, on_message},
                                          {MOSQ_EVT_TICK, on_tick},
                                          {MOSQ_EVT_CONTROL, on_control, kControlTopic.data()}}};

template <typename Callbacks>
int register_all(Instance& instance, const Callbacks& callbacks) {
  for (const auto& [event, function, data] : callbacks) {
    const int result = mosquitto_callback_register(instance.id, event, function, data, &instance);
    if (result != MOSQ_ERR_SUCCESS) return result;
  }
  return MOSQ_ERR_SUCCESS;
}

template <typename Callbacks>
void unregister_all(Instance& instance, const Callbacks& callbacks) {
  for (const auto& [event, function, data] : callbacks) {
    mosquitto_callback_unregister(instance.id, event, function, data);
  }
}

int register_with(Instance& instance, bool is_one_of_several) {
  const int newer = register_all(instance, kCallbacksOfV21);
  if (newer != MOSQ_ERR_SUCCESS && newer != kErrorNotSupported) return newer;
  instance.is_v21 = newer == MOSQ_ERR_SUCCESS;
  const int result = register_all(instance, kCallbacks);
  // 2.1 has one handler of a topic for all listeners: the first instance's. It comes last in the table.
  return result == MOSQ_ERR_ALREADY_EXISTS && is_one_of_several ? static_cast<int>(MOSQ_ERR_SUCCESS) : result;
}

void unregister_from(Instance& instance) {
  remove_tails(instance);
  if (instance.is_v21) unregister_all(instance, kCallbacksOfV21);
  unregister_all(instance, kCallbacks);
}

std::uint64_t draw_boot() {
  std::random_device random;
  return (static_cast<std::uint64_t>(random()) << 32U) | random();
}

int start(mosquitto_plugin_id_t* id, void** userdata,
          const std::vector<std::pair<std::string, std::string>>& pairs) {
  std::optional<std::string> warning;
  auto options = parse_options(pairs, [&](const std::string& path) -> Result<std::string> {
    auto secret = read_secret_file(path);
    if (!secret) return tl::make_unexpected(secret.error());
    warning = std::move(secret->warning);
    return std::move(secret->text);
  });
  if (!options) {
    write_log(LogLevel::error, options.error().message);
    return MOSQ_ERR_INVAL;
  }
  auto instance = std::make_unique<Instance>();
  instance->id = id;
  instance->shared = shared_of_this_process();
  auto& shared = *instance->shared;
  if (shared.core && shared.core->options() != *options) {
    write_log(LogLevel::error,
              "the plugin is loaded more than once, with different options: give it the same everywhere");
    return MOSQ_ERR_INVAL;
  }
  if (const auto settings = learn_settings();
      shared.core && settings && settings->is_repeated(shared.instances_made)) {
    write_log(LogLevel::warning, "the same plugin lines stand here twice: the second ones do nothing");
    ++shared.instances_made;
    *userdata = instance.release();
    return MOSQ_ERR_SUCCESS;
  }
  if (const int result = register_with(*instance, shared.instances_made > 0); result != MOSQ_ERR_SUCCESS) {
    write_log(LogLevel::error, "this broker refused a callback (error " + std::to_string(result) + ")");
    unregister_from(*instance);
    return result;
  }
  // From here on the broker holds the instance's address: it stays, whatever happens below.
  Instance* registered = instance.release();
  *userdata = registered;
  registered->is_registered = true;
  if (!shared.core) shared.core.emplace(*std::move(options), shared.broker, registered->is_v21, draw_boot());
  registered->number = shared.instances_made++;
  learn_openness(*registered);
  const bool is_behind_another = registered->settings_at_start
                                     ? registered->settings_at_start->is_behind_another()
                                     : is_another_plugin_loaded();
  if (registered->is_v21 && is_behind_another) {
    write_log(
        LogLevel::error,
        "another plugin stands before this one: on Mosquitto 2.1 that would allow what the other one leaves "
        "undecided, and so forbids; put this plugin's lines before those of all others");
    return MOSQ_ERR_INVAL;
  }
  if (warning && registered->number == 0) {
    write_log(LogLevel::warning, "plugin_opt_bridge_password_file: " + *warning);
  }
  if (shared.core->options().bridge_secret.empty()) {
    write_log(LogLevel::warning, "plugin_opt_bridge_password_file is not given: no bridge can log in");
  }
  write_log(LogLevel::info,
            "version " ROLLCALL_VERSION ", topics " + shared.core->options().topic_prefix + "/…");
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
    if (instance && instance->is_registered) unregister_from(*instance);
    return MOSQ_ERR_SUCCESS;
  });
}
}
#pragma GCC visibility pop
