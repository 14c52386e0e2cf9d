// SPDX-License-Identifier: Apache-2.0
// What an event costs in the engine, with as many devices as it is told: time, allocations, memory; and how
// long others wait when everybody is due at once. Run by ./dev bench engine (tests/bench/engine.py).
#include <cstdlib>
#include <memory>
#include <string_view>

#include <benchmark/benchmark.h>

#include "tests/bench/engine/fleet.hpp"
#include "tests/bench/engine/measured.hpp"
#include "tests/bench/engine/timers_bench.hpp"

namespace rollcall::bench {
namespace {

std::unique_ptr<Fleet> fleet;

void report(benchmark::State& state, const Cost& cost, std::size_t events_per_iteration) {
  const auto events = static_cast<double>(state.iterations()) * static_cast<double>(events_per_iteration);
  state.counters["ns"] = cost.seconds * 1e9 / events;
  state.counters["allocations"] = static_cast<double>(cost.allocations) / events;
  state.counters["longest_ms"] = cost.longest_seconds * 1e3;
}

/// One iteration is kChosen events of one kind, and what brings the devices there and back.
template <typename Before, typename Measured, typename After>
void events(benchmark::State& state, const Before& before, const Measured& measured, const After& after) {
  Cost cost;
  for (auto _ : state) {
    fleet->choose();
    before();
    const double seconds = cost.seconds;
    cost.add(measured);
    state.SetIterationTime(cost.seconds - seconds);
    after();
    fleet->settle();
  }
  report(state, cost, Fleet::kChosen);
}

void connect(benchmark::State& state) {
  events(
      state, [] {}, [] { fleet->connect(); }, [] { fleet->disconnect(); });
}

void disconnect(benchmark::State& state) {
  events(
      state, [] { fleet->connect(); }, [] { fleet->disconnect(); }, [] {});
}

void wait_due(benchmark::State& state) {
  events(
      state, [] { fleet->connect(), fleet->disconnect(); }, [] { fleet->wait_due(); }, [] {});
}

void record_for_the_store(benchmark::State& state) {
  events(
      state, [] { fleet->connect(), fleet->take_changes(), fleet->disconnect(); },
      [] { fleet->take_changes(); }, [] {});
}

/// Everybody in one millisecond. What another event would have to wait is the longest of the calls.
void due_together(benchmark::State& state) {
  Cost cost;
  for (auto _ : state) {
    fleet->everybody_connects();
    fleet->everybody_disconnects();
    fleet->run_on_to_due();
    const double seconds = cost.seconds;
    while (fleet->is_due()) {
      cost.add([] { fleet->advance(); });
      fleet->take_changes();
    }
    state.SetIterationTime(cost.seconds - seconds);
    fleet->settle();
  }
  report(state, cost, fleet->devices());
}

void memory(benchmark::State& state) {
  for (auto _ : state) {
    fleet.reset();
    const auto before = resident_bytes();
    fleet = std::make_unique<Fleet>(static_cast<std::size_t>(state.range(0)));
    const auto bytes = [&] {
      return static_cast<double>(resident_bytes() - before) / static_cast<double>(fleet->devices());
    };
    state.counters["away_bytes"] = bytes();
    fleet->everybody_connects();
    state.counters["connected_bytes"] = bytes();
    fleet->everybody_disconnects();
    fleet->settle();
  }
}

void register_all(std::int64_t devices) {
  using benchmark::RegisterBenchmark;
  register_timers(devices);
  RegisterBenchmark("memory", memory)->Arg(devices)->Iterations(1)->Repetitions(1);  // makes the fleet
  RegisterBenchmark("connect", connect)->UseManualTime();
  RegisterBenchmark("disconnect", disconnect)->UseManualTime();
  RegisterBenchmark("wait due", wait_due)->UseManualTime();
  RegisterBenchmark("record for the store", record_for_the_store)->UseManualTime();
  RegisterBenchmark("due together", due_together)->UseManualTime()->Iterations(1)->Repetitions(1);
}

}  // namespace
}  // namespace rollcall::bench

/// engine_bench DEVICES [options of Google Benchmark]
int main(int argc, char** argv) {
  const std::int64_t devices = argc > 1 ? std::atoll(argv[1]) : 0;
  if (devices < static_cast<std::int64_t>(rollcall::bench::Fleet::kChosen)) return 64;
  ++argv, --argc;
  rollcall::bench::register_all(devices);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 64;
  benchmark::RunSpecifiedBenchmarks();
  rollcall::bench::fleet.reset();
}
