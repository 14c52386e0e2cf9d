// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/engine/timers_bench.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <numeric>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "bridge/core/lifecycle/timers.hpp"
#include "tests/bench/engine/measured.hpp"

namespace rollcall::bench {
namespace {

/// What one would write without a second thought.
class Multimap {
 public:
  void set(std::size_t index, Time due) {
    cancel(index);
    if (index >= by_index_.size()) by_index_.resize(index + 1, timers_.end());
    by_index_[index] = timers_.emplace(due, index);
  }
  void cancel(std::size_t index) {
    if (index >= by_index_.size() || by_index_[index] == timers_.end()) return;
    timers_.erase(by_index_[index]);
    by_index_[index] = timers_.end();
  }
  std::optional<Time> next() const {
    if (timers_.empty()) return std::nullopt;
    return timers_.begin()->first;
  }
  std::optional<Timers::Timer> pop_due(Time now) {
    if (timers_.empty() || timers_.begin()->first > now) return std::nullopt;
    const Timers::Timer timer{timers_.begin()->second, timers_.begin()->first};
    cancel(timer.index);
    return timer;
  }

 private:
  std::multimap<Time, std::size_t> timers_;
  std::vector<std::multimap<Time, std::size_t>::iterator> by_index_;
};

/// Each of `count` timers once in each phase, in no order: set to some time of the next 30 days; set anew,
/// later by a day at the most; every second one cancelled; those that are left come due one after the other.
template <typename Kind>
void timers(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  constexpr std::uint32_t kDay = 86'400'000;
  std::mt19937 random(1);
  std::vector<std::uint32_t> order(count), after(count);
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), random);
  for (auto& each : after) each = random() % (30 * kDay);
  const Time start{Millis{1'700'000'000'000}};
  for (auto _ : state) {
    const auto before = resident_bytes();
    Kind kind;
    const auto measure = [&](const char* name, std::size_t times, const auto& phase) {
      Cost cost;
      cost.add(phase);
      state.counters[name] = cost.seconds * 1e9 / static_cast<double>(times);
    };
    measure("schedule_ns", count, [&] {
      for (const auto index : order) kind.set(index, start + Millis{after[index]});
    });
    state.counters["bytes"] = static_cast<double>(resident_bytes() - before) / static_cast<double>(count);
    std::shuffle(order.begin(), order.end(), random);
    measure("reschedule_ns", count, [&] {
      for (const auto index : order) kind.set(index, start + Millis{after[index] + index % kDay});
    });
    std::shuffle(order.begin(), order.end(), random);
    measure("cancel_ns", count / 2, [&] {
      for (std::size_t i = 0; i < count / 2; ++i) kind.cancel(order[i]);
    });
    std::size_t expired = 0;
    measure("expire_ns", count - count / 2, [&] {
      while (const auto next = kind.next()) expired += kind.pop_due(*next)->index > 0 ? 1 : 0;
    });
    benchmark::DoNotOptimize(expired);
  }
}

}  // namespace

void register_timers(std::int64_t count) {
  using benchmark::RegisterBenchmark;
  RegisterBenchmark("Timers", timers<Timers>)->Arg(count)->Iterations(1)->Repetitions(1);
  RegisterBenchmark("std::multimap", timers<Multimap>)->Arg(count)->Iterations(1)->Repetitions(1);
}

}  // namespace rollcall::bench
