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
#include <cstring>
#include <ctime>
#include <exception>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <dlfcn.h>

#include "base/secret_file.hpp"
#include "plugin/mosquitto/process.hpp"
#include "plugin/mosquitto_conf.hpp"
#include "plugin/open_access.hpp"
#include "plugin/plugin.hpp"

namespace rollcall::plugin {
namespace {

// Of 2.1, unknown to the headers of 2.0.
constexpr int kEventConnect = 11;
constexpr int kEventMessageOut = 27;
constexpr int kEventClientOffline = 28;
constexpr int kErrorPluginIgnore = 32;

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

/// Told apart before anything is registered: from then on callbacks come, the first with the log's next line.
bool is_this_v21() { return dlsym(RTLD_DEFAULT, "mosquitto_plugin_set_info") != nullptr; }

/// Up to 2.0.20 brokers look for keepalives that have run out every 6 s, later ones each second.
Millis keepalive_sweep_of_this_broker() {
  constexpr int kEachSecondFrom = 21;
  return is_this_v21() || patch_version_of_2_0() >= kEachSecondFrom ? Millis{2000} : Millis{7000};
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
    // Goes on while the machine sleeps, as the bridge's does.
    timespec time{};
    ::clock_gettime(CLOCK_BOOTTIME, &time);
    return Millis{time.tv_sec * 1000LL + time.tv_nsec / 1'000'000};
  }
  Millis wall() const override {
    return std::chrono::duration_cast<Millis>(std::chrono::system_clock::now().time_since_epoch());
  }
  Millis keepalive_sweep() const override { return keepalive_sweep_; }
  void log(LogLevel level, const std::string& line) override { write_log(level, line); }

 private:
  const Millis keepalive_sweep_ = keepalive_sweep_of_this_broker();
};

/// The file by which the broker has loaded this plugin.
std::string own_file() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&own_file), &info) == 0 || info.dli_fname == nullptr) return {};
  return info.dli_fname;
}

std::uint64_t draw_boot() {
  std::random_device random;
  return (static_cast<std::uint64_t>(random()) << 32U) | random();
}

Result<MosquittoConf> read_own_conf(bool is_v21) {
  try {
    const auto arguments = command_line();
    if (!arguments) return tl::make_unexpected(arguments.error());
    return MosquittoConf::read(*arguments, {is_v21, is_v21 ? 0 : patch_version_of_2_0()},
                               files_on_disk(own_file()));
  } catch (const std::exception& error) {
    return fail(error.what());
  }
}

/// What all instances of the plugin in this process share: it is there before any of them is registered, and
/// goes after the last one.
struct Shared {
  explicit Shared(Options options)
      : is_v21(is_this_v21()),
        plugin(std::move(options), broker, is_v21, draw_boot()),
        open_access(read_own_conf(is_v21), plugin.options().open_broker,
                    [] { return loaded_plugins(own_file()); }) {}

  MosquittoBroker broker;
  const bool is_v21;
  Plugin plugin;
  OpenAccess open_access;
  const std::thread::id thread = std::this_thread::get_id();
  std::size_t instances_made = 0;
};

std::weak_ptr<Shared>& shared_of_this_process() {
  static std::weak_ptr<Shared> shared;
  return shared;
}

struct Callback;

/// One instance: what the broker hands back to every callback.
struct Instance {
  mosquitto_plugin_id_t* id = nullptr;
  std::shared_ptr<Shared> shared;
  std::size_t number = 0;  // in the order in which the broker makes them
  bool is_v21 = false;
  std::vector<const Callback*> registered;
  std::optional<Fallbacks> fallbacks;  // not asked yet, or not since the last reload
  bool has_login_tail = false, has_access_tail = false;

  Plugin& plugin() const { return shared->plugin; }

  /// 2.1 answers HTTP requests on a thread of its own, and asks there who may. They are none of Rollcall's.
  bool is_elsewhere() const { return std::this_thread::get_id() != shared->thread; }
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

int on_tick(int, void* data, void* userdata);

/// 2.1 calls its plugins' ticks by the wall clock: one that is set back by an hour stops them for an hour,
/// but for those that are registered from then on.
void revive_ticks(Instance& instance) {
  if (!instance.plugin().take_stopped_ticks()) return;
  mosquitto_callback_unregister(instance.id, MOSQ_EVT_TICK, on_tick, nullptr);
  mosquitto_callback_register(instance.id, MOSQ_EVT_TICK, on_tick, nullptr, &instance);
}

int neutral_answer(const Instance& instance) {
  return instance.is_v21 ? kErrorPluginIgnore : MOSQ_ERR_PLUGIN_DEFER;
}

int on_login_tail(int, void* data, void*) {
  return static_cast<mosquitto_evt_basic_auth*>(data)->username == nullptr ? MOSQ_ERR_PLUGIN_DEFER
                                                                           : MOSQ_ERR_SUCCESS;
}

int on_access_tail(int, void*, void*) { return MOSQ_ERR_SUCCESS; }

void log_what_is_unclear(Instance& instance) {
  if (const auto warning = instance.shared->open_access.take_warning(); !warning.empty())
    write_log(LogLevel::warning, warning);
}

/// Behind the broker's own checks. These are registered after the plugin's, at the start and at each reload,
/// so this waits for a callback that comes from the broker's loop.
void add_tails(Instance& instance) {
  if (instance.is_v21) return;
  if (!instance.fallbacks) {
    instance.fallbacks = instance.shared->open_access.fallbacks(instance.number);
    log_what_is_unclear(instance);
  }
  const auto add = [&](bool is_open, bool& has_tail, int event, MOSQ_FUNC_generic_callback tail) {
    if (has_tail || !is_open) return;
    has_tail = mosquitto_callback_register(instance.id, event, tail, nullptr, &instance) == MOSQ_ERR_SUCCESS;
  };
  add(instance.fallbacks->logins, instance.has_login_tail, MOSQ_EVT_BASIC_AUTH, on_login_tail);
  add(instance.fallbacks->access, instance.has_access_tail, MOSQ_EVT_ACL_CHECK, on_access_tail);
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
  if (instance.is_elsewhere()) return neutral_answer(instance);
  return guarded("login", neutral_answer(instance), [&] {
    const auto& event = *static_cast<mosquitto_evt_basic_auth*>(data);
    add_tails(instance);
    switch (instance.plugin().basic_auth(event.client, optional_view_of(event.username),
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
  if (instance.is_elsewhere()) return neutral_answer(instance);
  // A check that fails here must not open what is reserved: when in doubt, no.
  return guarded("access check", MOSQ_ERR_ACL_DENIED, [&] {
    const auto& event = *static_cast<mosquitto_evt_acl_check*>(data);
    // A line of the log comes at any time, also while the broker still registers its own checks.
    const bool is_from_the_loop = event.access != MOSQ_ACL_READ || !is_broker_log(text_of(event.topic));
    if (is_from_the_loop) add_tails(instance);
    constexpr int kUnsubscribe = 8;
    const auto access = event.access == MOSQ_ACL_WRITE       ? Access::write
                        : event.access == MOSQ_ACL_SUBSCRIBE ? Access::subscribe
                        : event.access == kUnsubscribe       ? Access::unsubscribe
                                                             : Access::read;
    switch (instance.plugin().acl_check(event.client, access, text_of(event.topic),
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
                                           bytes_of(event.payload, event.payloadlen), event.retain);
    return MOSQ_ERR_SUCCESS;
  });
}

/// A message is about to be sent to one subscriber.
int on_message_out(int, void* data, void* userdata) {
  return guarded("message out", MOSQ_ERR_SUCCESS, [&] {
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

int on_tick(int, void* data, void* userdata) {
  return guarded("tick", MOSQ_ERR_SUCCESS, [&] {
    auto& instance = instance_of(userdata);
    add_tails(instance);
    const bool was_wanted = instance.plugin().wants_tick();
    instance.plugin().tick();
    if (!instance.is_v21) return MOSQ_ERR_SUCCESS;  // it reads no answer
    auto& event = *static_cast<mosquitto_evt_tick*>(data);
    // 2.1 sends what was published here only after its next sleep, which may be long. The field is `next_ms`
    // there, of the same type and in the same place as `next_ns` in the older headers.
    if (was_wanted || instance.plugin().wants_tick()) {
#if __has_include(<mosquitto/broker.h>)
      event.next_ms = 1;
#else
      event.next_ns = 1;
#endif
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
    remove_tails(instance);
    instance.fallbacks.reset();
    instance.shared->open_access.reload(instance.number, files_on_disk(own_file()));
    return answer;
  });
}

/// What is registered, and taken back in the end.
struct Callback {
  int event;
  MOSQ_FUNC_generic_callback function;
  const void* event_data = nullptr;
  bool is_of_v21 = false;
};
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

int register_callback(Instance& instance, const Callback& callback) {
  const int result = mosquitto_callback_register(instance.id, callback.event, callback.function,
                                                 callback.event_data, &instance);
  if (result == MOSQ_ERR_SUCCESS) instance.registered.push_back(&callback);
  return result;
}

int register_all(Instance& instance) {
  for (const auto& callback : kCallbacks) {
    if (callback.is_of_v21 && !instance.is_v21) continue;
    const int result = register_callback(instance, callback);
    // 2.1 has one handler of a topic for all listeners: the first instance's.
    const bool is_served =
        callback.event == MOSQ_EVT_CONTROL && result == MOSQ_ERR_ALREADY_EXISTS && instance.number > 0;
    if (result != MOSQ_ERR_SUCCESS && !is_served) return result;
  }
  return MOSQ_ERR_SUCCESS;
}

void unregister_from(Instance& instance) {
  remove_tails(instance);
  for (const auto* callback : instance.registered) {
    mosquitto_callback_unregister(instance.id, callback->event, callback->function, callback->event_data);
  }
  instance.registered.clear();
}

/// Returns what keeps the plugin from doing its work at its place in the configuration; empty if nothing
/// does.
std::string misplaced(const Shared& shared) {
  const auto& settings = shared.open_access.conf();
  if (shared.is_v21 && settings && settings->is_doubled()) {
    return "this plugin is loaded for all listeners and once more for one of them: keep the lines for all "
           "(global_plugin, or plugin without per_listener_settings) and take the others away";
  }
  if (!shared.open_access.is_behind_another()) return {};
  return "another plugin stands before this one: what it allows this one can't refuse, so clients may write "
         "Rollcall's topics; put this plugin's lines before those of all others";
}

void log_start(const Instance& instance, const std::optional<std::string>& warning) {
  const auto& shared = *instance.shared;
  const auto& settings = shared.open_access.conf();
  if (const auto unguarded = settings ? settings->unguarded_listeners() : 0; unguarded > 0) {
    write_log(
        LogLevel::warning,
        std::to_string(unguarded) + (unguarded == 1 ? " listener has" : " listeners have") +
            " no line of this plugin: clients there are not seen, and they can write every status; give "
            "each listener its own plugin lines");
  }
  if (warning) write_log(LogLevel::warning, "plugin_opt_bridge_password_file: " + *warning);
  if (shared.plugin.options().bridge_secret.empty()) {
    write_log(LogLevel::warning, "plugin_opt_bridge_password_file is not given: no bridge can log in");
  }
  write_log(LogLevel::info,
            "version " ROLLCALL_VERSION ", topics " + shared.plugin.options().topic_prefix + "/…");
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
  instance->shared = shared_of_this_process().lock();
  if (instance->shared && instance->shared->plugin.options() != *options) {
    write_log(LogLevel::error,
              "the plugin is loaded more than once, with different options: give it the same everywhere");
    return MOSQ_ERR_INVAL;
  }
  if (!instance->shared) {
    shared_of_this_process() = instance->shared = std::make_shared<Shared>(*std::move(options));
  }
  auto& shared = *instance->shared;
  instance->is_v21 = shared.is_v21;
  instance->number = shared.instances_made++;
  if (const auto problem = misplaced(shared); !problem.empty()) {
    if (instance->is_v21 || instance->number == 0)
      write_log(instance->is_v21 ? LogLevel::error : LogLevel::warning, problem);
    if (instance->is_v21) return MOSQ_ERR_INVAL;
  }
  const auto& settings = shared.open_access.conf();
  const bool is_known_as_repeated = instance->is_v21 && settings && settings->is_repeated(instance->number);
  const int result = is_known_as_repeated ? MOSQ_ERR_ALREADY_EXISTS : register_all(*instance);
  // 2.0 keeps one callback of a kind for each of its lists: it says by itself that there is one.
  const bool is_repeated = result == MOSQ_ERR_ALREADY_EXISTS && instance->number > 0;
  if (result != MOSQ_ERR_SUCCESS) unregister_from(*instance);
  if (result != MOSQ_ERR_SUCCESS && !is_repeated) {
    write_log(LogLevel::error, "this broker refused a callback (error " + std::to_string(result) + ")");
    return result;
  }
  if (is_repeated) {
    write_log(LogLevel::warning, "the same plugin lines stand here twice: the second ones do nothing");
  } else if (instance->number == 0) {
    log_start(*instance, warning);
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
    if (instance) unregister_from(*instance);
    return MOSQ_ERR_SUCCESS;
  });
}
}
#pragma GCC visibility pop
