// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/system/service_manager.hpp"

#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>

#include "tests/unit/adapters/system/notify_socket.hpp"

using namespace rollcall;

namespace {

std::string own_id() { return std::to_string(::getpid()); }

/// The environment as it is to be for one test.
class Environment {
 public:
  explicit Environment(const std::map<std::string, std::string>& variables) {
    clear();
    for (const auto& [name, value] : variables) ::setenv(name.c_str(), value.c_str(), 1);
  }
  ~Environment() { clear(); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  static void clear() {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
  }
};

std::optional<Millis> watchdog_with(const std::map<std::string, std::string>& variables) {
  const Environment environment(variables);
  return ServiceManager::of_environment().watchdog();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(service_manager)

BOOST_AUTO_TEST_CASE(it_is_told_by_a_path_and_by_an_abstract_name) {
  const auto path = (std::filesystem::temp_directory_path() / ("rollcall-notify-" + own_id())).string();
  for (const auto& name : {path, "@rollcall-notify-" + own_id()}) {
    NotifySocket socket(name);
    const Environment environment({{"NOTIFY_SOCKET", name}});
    ServiceManager::of_environment().tell("READY=1");
    BOOST_TEST(socket.message_that_is_there() == "READY=1");
  }
}

BOOST_AUTO_TEST_CASE(where_nobody_listens_a_message_is_lost) {
  const auto name = "@rollcall-notify-" + own_id();
  NotifySocket socket(name);
  {
    const Environment environment({});
    ServiceManager::of_environment().tell("READY=1");
  }
  ServiceManager(name + "-gone", {}).tell("READY=1");
  ServiceManager(std::string(200, 'x'), {}).tell("READY=1");
  BOOST_TEST(socket.message_that_is_there() == "");
}

BOOST_AUTO_TEST_CASE(a_manager_that_reads_nothing_does_not_block) {
  const auto name = "@rollcall-notify-" + own_id();
  NotifySocket socket(name);
  const ServiceManager manager(name, {});
  constexpr int kMoreThanASocketHolds = 10'000;
  for (int i = 0; i < kMoreThanASocketHolds; ++i) manager.tell("WATCHDOG=1");
  int arrived = 0;
  while (!socket.message_that_is_there().empty()) ++arrived;
  BOOST_TEST(arrived > 0);
  BOOST_TEST(arrived < kMoreThanASocketHolds);
}

BOOST_AUTO_TEST_CASE(the_watchdog_is_for_the_process_that_it_names) {
  const std::string socket = "@none";
  const auto watchdog = [&](const std::string& interval, const std::string& pid) {
    return watchdog_with({{"NOTIFY_SOCKET", socket}, {"WATCHDOG_USEC", interval}, {"WATCHDOG_PID", pid}});
  };
  BOOST_TEST((watchdog("30000000", own_id()) == Millis{30'000}));
  BOOST_TEST((watchdog("30000000", "") == Millis{30'000}));
  BOOST_TEST(!watchdog("30000000", "1"));
  BOOST_TEST(!watchdog("30000000", "x"));
  for (const auto* wrong : {"", "0", "-1", "1s", "99999999999999999999"})
    BOOST_TEST(!watchdog(wrong, own_id()));
  BOOST_TEST(!watchdog_with({{"WATCHDOG_USEC", "30000000"}}));
}

BOOST_AUTO_TEST_SUITE_END()
