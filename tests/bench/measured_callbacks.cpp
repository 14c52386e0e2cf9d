// SPDX-License-Identifier: Apache-2.0
// Times every callback of the plugin, and their sum in each turn of the broker's loop. Linked to the plugin
// with --wrap, so that what is timed is the plugin as it is.
//
// A turn ends with TICK; what is called inside another callback counts as part of that. A publish to
// bench/phase/NAME begins a phase; when the broker ends, a line of JSON for each goes to
// $ROLLCALL_LOOP_TIMES. The clock is the wall's, which takes 50 ns; one that counts CPU time alone would take
// longer than most callbacks.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>
// mosquitto_plugin.h needs the header above it
#include <mosquitto.h>

extern "C" {
int __real_mosquitto_callback_register(mosquitto_plugin_id_t*, int, MOSQ_FUNC_generic_callback, const void*,
                                       void*);
int __real_mosquitto_callback_unregister(mosquitto_plugin_id_t*, int, MOSQ_FUNC_generic_callback,
                                         const void*);
}

namespace {

double now_us() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

struct Phase {
  std::string name;
  std::vector<double> turns_us{};
  std::uint64_t callbacks = 0;
  double longest_callback_us = 0, sum_us = 0;
};

struct Slot {
  int event = 0;
  MOSQ_FUNC_generic_callback function = nullptr;
  void* userdata = nullptr;
};

constexpr std::size_t kSlots = 16;
std::array<Slot, kSlots> slots;
std::vector<Phase> phases{{"start"}};
double this_turn_us = 0;
int depth = 0;

void end_turn() {
  if (this_turn_us > 0) phases.back().turns_us.push_back(this_turn_us);
  this_turn_us = 0;
}

void begin_phase_of(const void* data) {
  constexpr std::string_view kPrefix = "bench/phase/";
  const auto& check = *static_cast<const mosquitto_evt_acl_check*>(data);
  if (check.access != MOSQ_ACL_WRITE || !std::string_view(check.topic).starts_with(kPrefix)) return;
  if (phases.back().name == check.topic + kPrefix.size()) return;  // 2.0 asks the plugin twice
  end_turn();
  phases.push_back({check.topic + kPrefix.size()});
}

template <std::size_t kIndex>
int timed(int event, void* data, void*) {
  const auto& slot = slots[kIndex];
  if (depth > 0) return slot.function(event, data, slot.userdata);
  if (event == MOSQ_EVT_ACL_CHECK) begin_phase_of(data);
  ++depth;
  const auto begin = now_us();
  const int answer = slot.function(event, data, slot.userdata);
  const auto took = now_us() - begin;
  --depth;
  auto& phase = phases.back();
  ++phase.callbacks;
  phase.longest_callback_us = std::max(phase.longest_callback_us, took);
  phase.sum_us += took;
  this_turn_us += took;
  if (event == MOSQ_EVT_TICK) end_turn();
  return answer;
}

template <std::size_t... kIndices>
constexpr std::array<MOSQ_FUNC_generic_callback, kSlots> all_timed(std::index_sequence<kIndices...>) {
  return {timed<kIndices>...};
}
constexpr auto kTimed = all_timed(std::make_index_sequence<kSlots>{});

std::size_t slot_of(int event, MOSQ_FUNC_generic_callback function) {
  const auto found = std::find_if(slots.begin(), slots.end(), [&](const Slot& slot) {
    return slot.event == event && slot.function == function;
  });
  if (found == slots.end()) std::abort();
  return static_cast<std::size_t>(found - slots.begin());
}

struct WriteInTheEnd {
  ~WriteInTheEnd() {
    const char* path = std::getenv("ROLLCALL_LOOP_TIMES");
    if (path == nullptr) return;
    std::ofstream out(path);
    for (auto& phase : phases) {
      auto& turns = phase.turns_us;
      std::sort(turns.begin(), turns.end());
      const auto part = [&](double share) {
        return turns.empty() ? 0
                             : turns[static_cast<std::size_t>(share * static_cast<double>(turns.size() - 1))];
      };
      out << "{\"phase\":\"" << phase.name << "\",\"turns\":" << turns.size()
          << ",\"callbacks\":" << phase.callbacks << ",\"sum_us\":" << phase.sum_us
          << ",\"callback_max_us\":" << phase.longest_callback_us << ",\"turn_p999_us\":" << part(0.999)
          << ",\"turn_max_us\":" << part(1) << "}\n";
    }
  }
} write_in_the_end;

}  // namespace

extern "C" {

int __wrap_mosquitto_callback_register(mosquitto_plugin_id_t* id, int event,
                                       MOSQ_FUNC_generic_callback function, const void* event_data,
                                       void* userdata) {
  const auto slot = slot_of(0, nullptr);
  slots[slot] = {event, function, userdata};
  const int answer = __real_mosquitto_callback_register(id, event, kTimed[slot], event_data, userdata);
  if (answer != MOSQ_ERR_SUCCESS) slots[slot] = {};
  return answer;
}

int __wrap_mosquitto_callback_unregister(mosquitto_plugin_id_t* id, int event,
                                         MOSQ_FUNC_generic_callback function, const void* event_data) {
  const auto slot = slot_of(event, function);
  slots[slot] = {};
  return __real_mosquitto_callback_unregister(id, event, kTimed[slot], event_data);
}
}
