// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>

#include "tests/unit/core/lifecycle/engine_fixture.hpp"

namespace rollcall::test {

BOOST_AUTO_TEST_SUITE(engine_rule11_time)

BOOST_AUTO_TEST_CASE(a_clock_that_goes_back_stands_still) {
  Bench bench(one_minute());
  bench.at(1h);
  const auto id = bench.connect();
  bench.at(30min);
  bench.end(id);
  BOOST_TEST(bench.retained().at("next").at("at") == time_text(1h + 1min));
  bench.late(-2h).connect("b");
  BOOST_TEST(bench.retained("b").at("since") == time_text(1h));
  bench.at(1h + 1min);
  BOOST_TEST(bench.status_of() == "offline");
}

BOOST_AUTO_TEST_CASE(an_event_of_the_future_happens_now) {
  Bench bench(one_minute());
  const auto id = bench.connect();
  bench.late(-1h).end(id);
  BOOST_TEST(bench.retained().at("next").at("at") == time_text(1min));
}

BOOST_AUTO_TEST_CASE(a_disconnect_that_is_heard_of_late_has_waited_already) {
  Bench bench(one_minute());
  const auto id = bench.connect();
  bench.at(100s);
  bench.late(50s).end(id);
  BOOST_TEST(bench.status_of() == "online");
  BOOST_TEST(bench.retained().at("next").at("at") == time_text(110s));
  BOOST_TEST(bench.retained().at("last_seen") == time_text(50s));
}

BOOST_AUTO_TEST_CASE(what_is_due_by_now_after_a_late_disconnect_happens_at_once_when_it_was_due) {
  Bench bench(one_minute());
  const auto id = bench.connect();
  bench.at(2h);
  bench.rows();
  bench.publishes();
  bench.late(2h - 10s).end(id);
  const Rows expected{"70 a online>offline client_disconnect", "3670 a offline>inactive client_disconnect"};
  BOOST_TEST(bench.rows() == expected);
  BOOST_TEST(bench.publishes() == 1);
  BOOST_TEST(bench.retained().at("since") == time_text(3670s));
}

BOOST_AUTO_TEST_CASE(the_history_of_a_device_never_goes_back) {
  Bench bench(one_minute());
  bench.at(10s);
  const auto id = bench.connect();
  bench.at(20s);
  bench.late(15s).end(id);
  BOOST_TEST(bench.retained().at("next").at("at") == time_text(70s));
  bench.at(80s);
  bench.rows();
  bench.late(30s).connect();
  BOOST_TEST(bench.rows() == Rows{"70 a offline>online connect"});
}

BOOST_AUTO_TEST_CASE(the_history_of_one_device_does_not_hold_up_another) {
  Bench bench(one_minute());
  bench.at(10s);
  bench.connect("a");
  bench.rows();
  bench.late(5s).connect("b");
  BOOST_TEST(bench.rows() == Rows{"5 b >online connect"});
}

BOOST_AUTO_TEST_CASE(what_is_due_at_an_instant_comes_before_its_event) {
  Engine engine({{one_minute()}, {"zero", "one"}});
  const ConnectionId id{0, 0, 1};
  engine.handle(ConnectionOpened{id, "a", "default", kStart, 60s, "c", "", ""}, kStart);
  engine.handle(ConnectionEnded{id, kStart, Cause::client_disconnect, false}, kStart);
  const auto effects = without_contacts(engine.handle(
      ConnectionOpened{{0, 0, 2}, "a", "default", kStart + 1min, 60s, "c", "", ""}, kStart + 1min));
  BOOST_REQUIRE(effects.size() == 3U);
  BOOST_TEST(std::get<RowAdded>(effects[0]).row.to == "offline");
  BOOST_TEST(std::get<RowAdded>(effects[1]).row.to == "online");
  BOOST_TEST(Json::parse(to_json(std::get<StatusChanged>(effects[2]).status)).at("status") == "online");
}

BOOST_AUTO_TEST_CASE(ties_come_in_the_order_in_which_they_were_scheduled) {
  Bench bench(one_minute());
  const auto a = bench.connect("a");
  const auto b = bench.connect("b");
  const auto c = bench.connect("c");
  bench.at(10s);
  bench.end(c);
  bench.end(a);
  bench.end(b);
  bench.rows();
  bench.at(70s);
  const Rows expected{"70 c online>offline client_disconnect", "70 a online>offline client_disconnect",
                      "70 b online>offline client_disconnect"};
  BOOST_TEST(bench.rows() == expected);
}

BOOST_AUTO_TEST_CASE(the_same_calls_give_the_same_bytes) {
  const auto play = [] {
    Bench bench(one_minute());
    std::string bytes;
    const auto note = [&] {
      for (const auto& effect : bench.last) {
        if (const auto* changed = std::get_if<StatusChanged>(&effect)) bytes += to_json(changed->status);
      }
    };
    for (const char* device : {"a", "b", "c", "d"}) {
      bench.end(bench.connect(device));
      note();
    }
    bench.at(2h);
    note();
    return bytes;
  };
  const std::string first = play();
  BOOST_TEST(!first.empty());
  BOOST_TEST(play() == first);
}

BOOST_AUTO_TEST_CASE(events_in_one_millisecond_happen_in_their_order) {
  Bench bench(one_minute());
  for (int i = 0; i < 100; ++i) bench.end(bench.connect());
  BOOST_TEST(bench.rows().size() == 100U);  // one connect, 99 blips
  BOOST_TEST(bench.retained().at("connected") == false);
  BOOST_TEST(bench.retained().at("next").at("at") == time_text(1min));
}

BOOST_AUTO_TEST_CASE(the_first_and_the_last_millisecond_that_there_are_do_no_harm) {
  Engine engine({{one_minute()}, {"zero", "one"}});
  engine.handle(Reported{"a", "default", Time::min()}, Time::min());
  BOOST_TEST(engine.knows("a"));
  const auto effects = engine.advance(kStart);
  BOOST_TEST(effects.size() == 3U);  // offline, inactive, the payload
  BOOST_TEST(!engine.next_deadline().has_value());
}

namespace {

/// More devices than one call handles, all due in the same millisecond, at 1 min.
struct DueTogether : Bench {
  static constexpr std::size_t kDevices = 5 * Engine::kMaxDuePerCall + 1;
  DueTogether() : Bench(one_minute()) {
    for (std::size_t i = 0; i < kDevices; ++i) end(connect(fmt::format("d{}", i)));
    rows();
  }
  bool is_due() const { return engine.next_deadline() == kStart + 1min; }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(very_many_due_in_one_millisecond_are_split_into_calls_in_their_order, DueTogether) {
  std::vector<std::size_t> calls;
  Rows all;
  while (is_due()) {
    at(1min);
    const Rows some = rows();
    calls.push_back(some.size());
    all.insert(all.end(), some.begin(), some.end());
  }
  std::vector<std::size_t> expected(5, Engine::kMaxDuePerCall);
  expected.push_back(1);
  BOOST_TEST(calls == expected, boost::test_tools::per_element());
  for (std::size_t i = 0; i < kDevices; ++i) {
    BOOST_TEST_REQUIRE(all.at(i) == fmt::format("60 d{} online>offline client_disconnect", i));
  }
}

BOOST_FIXTURE_TEST_CASE(an_event_between_these_calls_finds_its_own_device_caught_up_and_waits_for_no_other,
                        DueTogether) {
  at(1min);
  rows();
  const std::string last_one = fmt::format("d{}", kDevices - 1);
  connect(last_one);
  const Rows some = rows();
  const auto of_last_one = [&](const std::string& what) {
    return std::find(some.begin(), some.end(), fmt::format("60 {} {}", last_one, what)) != some.end();
  };
  BOOST_TEST(of_last_one("online>offline client_disconnect"));
  BOOST_TEST(of_last_one("offline>online connect"));
  BOOST_TEST(some.size() <= 2 * Engine::kMaxDuePerCall + 2);
  BOOST_TEST(is_due());
  while (is_due()) at(1min);
  BOOST_TEST(rows().size() + some.size() == kDevices - Engine::kMaxDuePerCall + 1);
  BOOST_TEST(status_of(last_one) == "online");
  BOOST_TEST(status_of("d0") == "offline");
}

BOOST_AUTO_TEST_CASE(a_step_of_the_clock_moves_every_time_and_no_wait) {
  for (const Millis step : {Millis{1h}, Millis{-1h}, Millis{24h * 365}, Millis{-24h * 365 * 5}}) {
    Bench bench(one_minute());
    const auto stays = bench.connect("stays");
    bench.end(bench.connect("leaves"));
    bench.at(10s);
    bench.rows();
    bench.publishes();
    bench.step_clock(step);
    BOOST_TEST(bench.publishes() == 2);
    BOOST_TEST(bench.rows() == Rows{});
    BOOST_TEST(bench.retained("stays").at("since") == time_text(step));
    BOOST_TEST(bench.retained("stays").at("last_seen") == time_text(step));
    BOOST_TEST(bench.retained("leaves").at("next").at("at") == time_text(step + 1min));

    bench.at(step + 1min - 1ms);
    BOOST_TEST(bench.status_of("leaves") == "online");
    bench.at(step + 1min);
    BOOST_TEST(bench.status_of("leaves") == "offline");
    BOOST_TEST(bench.retained("leaves").at("since") == time_text(step + 1min));
    // Who leaves now waits from now on.
    bench.end(stays);
    BOOST_TEST(bench.retained("stays").at("next").at("at") == time_text(step + 2min));
  }
}

BOOST_AUTO_TEST_CASE(a_step_leaves_the_order_of_what_is_due_at_one_instant) {
  Bench bench(one_minute());
  for (const char* device : {"c", "a", "b"}) bench.end(bench.connect(device));
  bench.rows();
  bench.step_clock(-1h);
  bench.at(-59min);
  const Rows expected{"-3540 c online>offline client_disconnect", "-3540 a online>offline client_disconnect",
                      "-3540 b online>offline client_disconnect"};
  BOOST_TEST(bench.rows() == expected);
}

BOOST_AUTO_TEST_CASE(what_was_due_before_a_step_keeps_its_time) {
  Bench bench(one_minute());
  bench.end(bench.connect());
  bench.rows();
  bench.step_clock(1h, 2min);
  BOOST_TEST(bench.rows() == Rows{"60 a online>offline client_disconnect"});
  BOOST_TEST(bench.retained().at("since") == time_text(1h + 1min));
}

BOOST_AUTO_TEST_CASE(a_step_moves_what_an_operator_set_and_what_was_declared) {
  Bench bench(one_minute());
  const auto id = bench.connect();
  bench.declare(id, R"({"status":"offline","for":"10m"})");
  bench.at(5s);
  bench.step_clock(1h);
  bench.at(1h + 10s);
  bench.end(id);
  bench.at(1h + 11s);
  BOOST_TEST(bench.status_of() == "offline");
  BOOST_TEST(bench.retained().at("next").at("at") == time_text(1h + 10s + 10min));
  bench.operate(SetStatus{"a", "online", 5min, false});
  bench.step_clock(-1h);
  BOOST_TEST(bench.retained().at("since") == time_text(11s));
  BOOST_TEST(bench.retained().at("next").at("at") == time_text(5min + 11s));
  bench.at(5min + 11s);
  BOOST_TEST(bench.status_of() == "offline");
}

BOOST_AUTO_TEST_CASE(a_step_moves_how_far_a_broker_is_known_and_what_waits_for_that) {
  Bench bench(one_minute());
  bench.engine.set_watermark(1, kStart);
  bench.end(bench.connect());
  bench.at(2min);
  BOOST_TEST(bench.status_of() == "online");  // held back
  bench.step_clock(-1h);
  bench.at(3min - 1h);
  BOOST_TEST(bench.status_of() == "online");
  bench.engine.set_watermark(1, kStart + 1min - 1h);
  bench.at(3min - 1h);
  BOOST_TEST(bench.status_of() == "offline");
  BOOST_TEST(bench.retained().at("since") == time_text(1min - 1h));
}

BOOST_AUTO_TEST_CASE(a_step_moves_an_outage_and_its_grace) {
  Bench bench(one_minute());
  bench.connect();
  bench.at(10s);
  bench.handle(BrokerAway{1});
  bench.at(20s);
  bench.handle(BrokerReturned{1, 8, kStart + 10s, kStart + 20s});
  bench.step_clock(24h);
  bench.at(24h + 20s + 2min - 1ms);
  BOOST_TEST(bench.status_of() == "online");
  bench.at(24h + 20s + 2min);
  BOOST_TEST(bench.status_of() == "offline");
  BOOST_TEST_REQUIRE(bench.incidents.size() == 1U);
  BOOST_TEST((bench.incidents[0].began == kStart + 24h + 10s));
}

BOOST_AUTO_TEST_CASE(a_step_moves_who_is_flapping) {
  auto definition = one_minute();
  definition.flapping = Flapping{4, 1min, 10min};
  Bench bench({definition});
  bench.end(bench.connect());
  bench.end(bench.connect());
  BOOST_TEST(bench.retained().at("flapping") == true);
  bench.step_clock(-1h);
  bench.at(10min - 1h - 1ms);
  BOOST_TEST(bench.retained().at("flapping") == true);
  bench.at(10min - 1h);
  BOOST_TEST(bench.retained().at("flapping") == false);
}

namespace {

/// What was stored of a device that left at kStart, by a clock that was ahead by as much.
DeviceRecord left_at_start(Millis ahead) {
  Bench bench(one_minute());
  bench.end(bench.connect());
  if (ahead != Millis{0}) bench.step_clock(ahead);
  return bench.engine.take_changes().at(0);
}

/// An engine that begins with that, ten seconds later.
struct Restored : Bench {
  explicit Restored(const DeviceRecord& record) : Bench(one_minute()) {
    engine.hold(true);
    BOOST_TEST_REQUIRE(engine.restore(record));
    at(10s);
  }
  std::size_t correct(Millis by) {
    const auto count = engine.correct_stored_times(
        by, [this](std::string_view device, std::uint64_t) { corrected.emplace_back(device); });
    engine.hold(false);
    for (const auto& device : corrected) engine.republish(device);
    at(10s);
    return count;
  }
  std::vector<std::string> corrected;
};

}  // namespace

BOOST_AUTO_TEST_CASE(what_was_stored_by_a_wrong_clock_is_moved_before_anything_is_due) {
  for (const Millis ahead : {Millis{-24h * 365 * 5}, Millis{-1h}, Millis{1h}, Millis{24h * 365}}) {
    Restored bench(left_at_start(ahead));
    BOOST_TEST(bench.rows() == Rows{});
    BOOST_TEST(!bench.engine.next_deadline().has_value());
    BOOST_TEST(bench.correct(-ahead) == 0U);
    BOOST_TEST(bench.corrected.size() == 1U);
    BOOST_TEST(bench.retained().at("since") == time_text(0s));
    BOOST_TEST(bench.retained().at("next").at("at") == time_text(1min));
    bench.at(1min);
    BOOST_TEST(bench.rows() == Rows{"60 a online>offline client_disconnect"});
  }
}

BOOST_AUTO_TEST_CASE(times_from_the_future_count_as_now_where_nobody_knows_better) {
  Restored bench(left_at_start(24h * 365));
  BOOST_TEST(bench.correct(0s) == 1U);
  BOOST_TEST(bench.retained().at("since") == time_text(10s));
  BOOST_TEST(bench.retained().at("last_seen") == time_text(10s));
  BOOST_TEST(bench.retained().at("next").at("at") == time_text(10s + 1min));
  const auto id = bench.connect();
  bench.at(20s);
  bench.end(id);
  BOOST_TEST(bench.retained().at("next").at("at") == time_text(20s + 1min));
}

BOOST_AUTO_TEST_CASE(a_wait_of_the_future_that_began_in_the_past_stays) {
  Restored bench(left_at_start(0s));
  BOOST_TEST(bench.correct(0s) == 0U);
  BOOST_TEST(bench.corrected.empty());
  bench.at(1min);
  BOOST_TEST(bench.rows() == Rows{"60 a online>offline client_disconnect"});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall::test
