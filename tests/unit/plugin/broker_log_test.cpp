// SPDX-License-Identifier: Apache-2.0
#include "plugin/broker_log.hpp"

#include <array>
#include <ctime>

#include <boost/test/unit_test.hpp>

#include "tests/unit/plugin/fake_broker.hpp"

using namespace rollcall;
using namespace rollcall::plugin;

namespace {

/// As Mosquitto 2.0 writes it.
std::string time_in(const char* format, std::time_t at) {
  std::tm parts{};
  ::gmtime_r(&at, &parts);
  std::array<char, 200> text{};
  const auto size = std::strftime(text.data(), text.size(), format, &parts);
  return std::string(text.data(), size) + ": ";
}

constexpr std::array kFormats{"%Y-%m-%dT%H:%M:%S",
                              "[%Y-%m-%d %H:%M:%S]",
                              "%d.%m.%Y, %H:%M:%S",
                              "%c",
                              "%A %e %B %Y %l:%M %p",
                              "%a, %d %b %Y %H:%M:%S %z",
                              "<%F %T %Z>",
                              "mosquitto[%s]",
                              "at: %r: (%j/%U)",
                              "Client x: %H:%M",
                              "%%",
                              "%e"};

/// A broker whose lines come back with `time` in front.
struct Fixture {
  FakeBroker broker;
  BrokerLog log{broker};
  std::string time = "1667000000: ";
  bool comes_back = true;

  Fixture() {
    broker.on_log = [this](const std::string& line) {
      if (comes_back) log.line_came(time + line);
    };
  }
  std::optional<Cause> end_of(const std::string& client_id, const std::string& line) {
    if (!line.empty()) log.line_came(time + line);
    return log.cause_of_end(log.take_line(), client_id);
  }
  void subscribe() {
    log.set_subscribed(true);
    log.write_probe();
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(broker_log, Fixture)

BOOST_AUTO_TEST_CASE(each_ending_has_its_cause) {
  const std::vector<std::pair<std::string, Cause>> lines{
      {"Client a disconnected.", Cause::client_disconnect},
      {"Client a closed its connection.", Cause::connection_closed},
      {"Client a has exceeded timeout, disconnecting.", Cause::keepalive_timeout},
      {"Client a disconnected due to protocol error.", Cause::protocol_error},
      {"Client a disconnected due to malformed packet.", Cause::protocol_error},
      {"Client a disconnected due to oversize packet.", Cause::protocol_error},
      {"Client a disconnected, not authorised.", Cause::not_authorized},
      {"Client a been disconnected by administrative action.", Cause::kicked},
      {"Client a disconnected: Connection reset by peer.", Cause::connection_closed},
      {"Bad socket read/write on client a: A TLS error occurred.", Cause::connection_closed},
  };
  subscribe();
  for (const auto& [line, cause] : lines) BOOST_TEST((end_of("a", line) == cause), line);
}

BOOST_AUTO_TEST_CASE(any_time_may_stand_in_front_and_change) {
  constexpr std::time_t kNewYear = 1'767'225'540;  // one minute before it
  constexpr std::time_t kHours = 3600;
  for (const auto* format : kFormats) {
    time = time_in(format, kNewYear);
    log.reloaded();
    subscribe();
    // A month with a short name and one with a long name, a day with one digit, each hour of a day.
    for (std::time_t hours = 0; hours < 400 * 24; hours += 23) {
      time = time_in(format, kNewYear + hours * kHours);
      BOOST_REQUIRE_MESSAGE(end_of("a", "Client a disconnected.") == Cause::client_disconnect, time);
      BOOST_REQUIRE_MESSAGE(!end_of("a", "Client x: Client a disconnected."), time);
      BOOST_REQUIRE_MESSAGE(!end_of("a", ": Client a disconnected."), time);
    }
  }
  time.clear();
  log.reloaded();
  subscribe();
  BOOST_TEST((end_of("a", "Client a disconnected.") == Cause::client_disconnect));
  BOOST_TEST(!end_of("a", "Client x: Client a disconnected."));
}

BOOST_AUTO_TEST_CASE(a_line_that_a_client_makes_look_like_our_own_teaches_nothing) {
  subscribe();
  BOOST_TEST_REQUIRE(broker.lines.size() == 1U);
  log.line_came(time + "Client x: " + std::string(kLogName) + broker.lines[0]);
  BOOST_TEST((end_of("a", "Client a disconnected.") == Cause::client_disconnect));
  BOOST_TEST(!end_of("a", "Client x: Client a disconnected."));
}

BOOST_AUTO_TEST_CASE(nothing_is_written_where_nobody_reads) {
  log.write_probe();
  BOOST_TEST(broker.lines.empty());
  log.line_came(time +
                "mosquitto version 2.0.21 running");  // a session that was restored has the subscription
  log.write_probe();
  BOOST_TEST(broker.lines.size() == 1U);
  BOOST_TEST((end_of("a", "Client a disconnected.") == Cause::client_disconnect));
  subscribe();
  BOOST_TEST(broker.lines.size() == 1U);
  log.reloaded();
  log.write_probe();
  BOOST_TEST(broker.lines.size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_log_that_does_not_come_is_missing_until_it_does) {
  comes_back = false;
  log.write_probe();
  BOOST_TEST((log.state() == CauseLog::complete));  // nobody would read it
  subscribe();
  BOOST_TEST((log.state() == CauseLog::none));
  comes_back = true;
  log.reloaded();
  log.write_probe();
  BOOST_TEST((log.state() == CauseLog::complete));
}

BOOST_AUTO_TEST_CASE(a_log_without_ends_is_missing_them_after_some_have_gone_by) {
  subscribe();
  end_of("a", "");
  end_of("b", "Client c: Client b disconnected.");
  BOOST_TEST((log.state() == CauseLog::complete));  // of a few it says nothing anyway
  end_of("c", "");
  BOOST_TEST((log.state() == CauseLog::no_ends));
  end_of("d", "Client d disconnected.");
  BOOST_TEST((log.state() == CauseLog::complete));
  for (const auto* id : {"a", "b", "c", "d"}) end_of(id, "");
  BOOST_TEST((log.state() == CauseLog::complete));  // it has shown that it has them
}

BOOST_AUTO_TEST_CASE(without_a_bridge_ends_may_go_by) {
  subscribe();
  log.set_subscribed(false);
  for (const auto* id : {"a", "b", "c", "d"}) end_of(id, "");
  BOOST_TEST((log.state() == CauseLog::complete));
}

BOOST_AUTO_TEST_SUITE_END()
