// SPDX-License-Identifier: Apache-2.0
// Devices that come and go at a broker on this machine, and how soon one who watches `ds/status/#` sees it.
//
//   presence_load quiet PORT PRESENCE SAMPLES            one device after the other connects, and is cut
//   presence_load crowd PORT PRESENCE DEVICES [PID…]     all connect, 64 at a time; all are cut at once
//   presence_load storms PORT PRESENCE DEVICES TIMES     the same again and again: a line before each, waits
//   for
//                                                        a line on stdin, and one when all is seen
//   presence_load steady PORT PRESENCE DEVICES PER_S MINUTES   all are there; each second PER_S of them are
//   cut
//                                                        and come back; a line each minute
//
// PRESENCE is bare, will or rollcall: whether a device has to publish its birth and leave a will. PID are
// processes whose CPU time is of interest. Prints lines of JSON; times are in ms where the name doesn't
// say it.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/bench/load/cpu_time.hpp"
#include "tests/bench/load/crowd.hpp"

namespace rollcall::bench {
namespace {

using std::chrono::milliseconds;

double ms(Clock::duration duration) { return std::chrono::duration<double, std::milli>(duration).count(); }

/// {"count":…,"p50":…,…}; without samples the count alone.
std::string summary(std::vector<double> samples) {
  if (samples.empty()) return R"({"count":0})";
  std::sort(samples.begin(), samples.end());
  const auto at = [&](double share) {
    return samples[static_cast<std::size_t>(share * static_cast<double>(samples.size() - 1) + 0.5)];
  };
  // Where something waits for a delayed acknowledgement it waits 40 ms.
  const auto late = samples.end() - std::lower_bound(samples.begin(), samples.end(), 38.0);
  std::array<char, 200> text{};
  std::snprintf(text.data(), text.size(),
                R"({"count":%zu,"p50":%.4f,"p90":%.4f,"p99":%.4f,"max":%.4f,"late":%td})", samples.size(),
                at(0.5), at(0.9), at(0.99), samples.back(), late);
  return text.data();
}

std::string list(const std::vector<double>& numbers) {
  std::string text;
  for (const auto number : numbers) text += (text.empty() ? "" : ",") + std::to_string(number);
  return '[' + text + ']';
}

int quiet(std::uint16_t port, Presence presence, std::size_t samples) {
  constexpr std::size_t kWarmUp = 50, kNames = 100;
  constexpr milliseconds kPause{1};
  Crowd crowd(port, presence, kNames);
  std::vector<double> online, offline;
  std::size_t missing = 0;
  for (std::size_t i = 0; i < kWarmUp + samples; ++i) {
    const Range one{i % kNames, 1};
    const auto note = [&](std::vector<double>& latencies) {
      missing += crowd.watch().missing();
      const auto taken = crowd.latencies_ms(one);
      if (i >= kWarmUp) latencies.insert(latencies.end(), taken.begin(), taken.end());
      crowd.rest(kPause);
    };
    crowd.connect(one);
    note(online);
    crowd.close(one);
    note(offline);
  }
  std::printf(R"({"online":%s,"offline":%s,"missing":%zu,"disordered":%zu})"
              "\n",
              summary(online).c_str(), summary(offline).c_str(), missing, crowd.watch().disordered());
  return EXIT_SUCCESS;
}

/// What each of the processes uses from its making to used().
class CpuTimes {
 public:
  explicit CpuTimes(const std::vector<pid_t>& processes) : processes_(processes) {
    for (const auto process : processes) before_.push_back(cpu_seconds(process));
  }
  std::vector<double> used() const {
    std::vector<double> seconds;
    for (std::size_t i = 0; i < processes_.size(); ++i)
      seconds.push_back(cpu_seconds(processes_[i]) - before_[i]);
    return seconds;
  }

 private:
  const std::vector<pid_t>& processes_;
  std::vector<double> before_;
};

int crowd(std::uint16_t port, Presence presence, std::size_t count, const std::vector<pid_t>& processes) {
  // What is done later because of it (a store that is written to) counts as well.
  constexpr milliseconds kUntilAllIsDone{500};
  const Range all{0, count};
  Crowd crowd(port, presence, count);

  const CpuTimes storm(processes);
  const auto connecting = crowd.connect(all);
  const auto online = crowd.latencies_ms(all);
  const auto online_missing = crowd.watch().missing();
  crowd.rest(kUntilAllIsDone);
  const auto storm_cpu = storm.used();
  const auto online_wrong = retained_wrong(port, presence, all, Wanted::kOnline);

  const CpuTimes end(processes);
  const auto closing = crowd.close(all);
  const auto offline_missing = crowd.watch().missing();
  crowd.rest(kUntilAllIsDone);
  const auto end_cpu = end.used();
  const auto offline_wrong = retained_wrong(port, presence, all, Wanted::kOffline);

  std::printf(R"({"devices":%zu,"connects_per_s":%.1f,"online":%s,"connect_cpu_s":%s,)", count,
              static_cast<double>(count) / ms(connecting) * 1e3, summary(online).c_str(),
              list(storm_cpu).c_str());
  std::printf(R"("all_closed_ms":%.2f,"all_offline_ms":%.2f,"offline":%s,"close_cpu_s":%s,)",
              ms(closing.all_closed), ms(closing.all_seen), summary(crowd.latencies_ms(all)).c_str(),
              list(end_cpu).c_str());
  std::printf(R"("missing":%zu,"retained_wrong":%zu,"disordered":%zu})"
              "\n",
              online_missing + offline_missing, online_wrong + offline_wrong, crowd.watch().disordered());
  return EXIT_SUCCESS;
}

int storms(std::uint16_t port, Presence presence, std::size_t count, std::size_t times) {
  const Range all{0, count};
  Crowd crowd(port, presence, count);
  const auto begin = [](std::size_t number, const char* what) {
    std::printf("{\"storm\":%zu,\"begins\":\"%s\"}\n", number, what);
    std::fflush(stdout);
    std::string go;
    std::getline(std::cin, go);
  };
  const auto end = [&](Clock::time_point began, Wanted wanted) {
    const auto missing = crowd.watch().missing();
    const auto took = ms(Clock::now() - began);
    std::printf("{\"all_seen_ms\":%.1f,\"missing\":%zu,\"retained_wrong\":%zu,\"disordered\":%zu}\n", took,
                missing, retained_wrong(port, presence, all, wanted), crowd.watch().disordered());
    std::fflush(stdout);
  };
  for (std::size_t number = 1; number <= times; ++number) {
    begin(number, "connect");
    auto began = Clock::now();
    crowd.connect(all);
    end(began, Wanted::kOnline);
    begin(number, "close");
    began = Clock::now();
    crowd.close(all);
    end(began, Wanted::kOffline);
  }
  return EXIT_SUCCESS;
}

int steady(std::uint16_t port, Presence presence, std::size_t count, std::size_t per_second,
           std::size_t minutes) {
  Crowd crowd(port, presence, count);
  crowd.connect({0, count});
  const auto began = Clock::now();
  std::size_t turns = 0, missing = crowd.watch().missing();
  for (std::size_t minute = 1; minute <= minutes; ++minute) {
    std::vector<double> online, offline;
    while (Clock::now() - began < std::chrono::minutes(minute)) {
      const Range one{turns % count, 1};
      const auto note = [&](std::vector<double>& latencies) {
        missing += crowd.watch().missing();
        const auto taken = crowd.latencies_ms(one);
        latencies.insert(latencies.end(), taken.begin(), taken.end());
      };
      crowd.close(one);
      note(offline);
      crowd.connect(one);
      note(online);
      ++turns;
      const auto next = began + std::chrono::microseconds(turns * 1'000'000 / per_second);
      const auto rest = std::chrono::duration_cast<milliseconds>(next - Clock::now());
      if (rest.count() > 0) crowd.rest(rest);
    }
    std::printf("{\"minute\":%zu,\"online\":%s,\"offline\":%s,\"missing\":%zu,\"disordered\":%zu}\n", minute,
                summary(online).c_str(), summary(offline).c_str(), missing, crowd.watch().disordered());
    std::fflush(stdout);
  }
  const auto wrong = retained_wrong(port, presence, {0, count}, Wanted::kOnline);
  std::printf("{\"turns\":%zu,\"retained_wrong\":%zu}\n", turns, wrong);
  return EXIT_SUCCESS;
}

int measure(const std::vector<std::string>& arguments) {
  const auto number = [&](std::size_t index) { return std::stoul(arguments.at(index)); };
  const auto port = static_cast<std::uint16_t>(number(1));
  const auto presence = presence_of(arguments.at(2));
  if (!presence) throw std::runtime_error("PRESENCE is bare, will or rollcall");
  std::vector<pid_t> processes;  // of crowd
  for (std::size_t i = 4; i < arguments.size(); ++i) processes.push_back(static_cast<pid_t>(number(i)));
  if (arguments[0] == "quiet") return quiet(port, *presence, number(3));
  if (arguments[0] == "crowd") return crowd(port, *presence, number(3), processes);
  if (arguments[0] == "storms") return storms(port, *presence, number(3), number(4));
  if (arguments[0] == "steady") return steady(port, *presence, number(3), number(4), number(5));
  throw std::runtime_error("the first word is quiet, crowd, storms or steady");
}

}  // namespace
}  // namespace rollcall::bench

int main(int count, char** arguments) {
  try {
    return rollcall::bench::measure({arguments + 1, arguments + count});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "presence_load: %s\n", error.what());
    return EXIT_FAILURE;
  }
}
