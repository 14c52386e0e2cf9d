// SPDX-License-Identifier: Apache-2.0
// Rule 13: clients that fight over one client id.
#include <boost/test/unit_test.hpp>

#include "bridge/core/lifecycle/takeovers.hpp"
#include "tests/unit/core/lifecycle/engine_fixture.hpp"

namespace rollcall::test {
namespace {

/// Clients that take one id from each other.
struct Rivals : Bench {
  explicit Rivals(std::vector<TemplateDefinition> templates = {one_minute()}) : Bench(std::move(templates)) {}

  /// Whoever has this id is thrown out.
  void come(std::string_view address, std::string_view device = "a", std::string_view client_id = "shared",
            std::uint32_t broker = 1) {
    const ConnectionId id{broker, 7, ++last_number};
    handle(ConnectionOpened{id, device, "default", now(), 60s, client_id, {}, address});
    auto& holder = holders[{broker, std::string(client_id)}];
    if (holder) end(*holder, Cause::taken_over);
    holder = id;
  }
  void at(Millis since_start) {
    time = since_start;
    Bench::at(since_start);
  }
  Time now() const { return kStart + time; }
  bool is_marked(const std::string& device = "a") const {
    return retained(device).at("conflict").get<bool>();
  }
  DeviceRecord record(std::string_view device = "a") const {
    DeviceRecord found;
    engine.for_each_record([&](const DeviceRecord& each) {
      if (each.device == device) found = each;
    });
    return found;
  }
  void restart() {
    Engine next({{one_minute()}, {"zero", "one"}, 2min, engine.last_seq()});
    engine.for_each_record([&](const DeviceRecord& each) { BOOST_TEST(next.restore(each)); });
    engine = std::move(next);
  }

  Millis time{0};
  std::uint64_t last_number = 0;
  std::map<std::pair<std::uint32_t, std::string>, std::optional<ConnectionId>> holders;
};

using Addresses = std::vector<std::string>;

}  // namespace

BOOST_AUTO_TEST_SUITE(engine_rule13_conflict)

BOOST_AUTO_TEST_CASE(two_takeovers_within_10_s_are_a_conflict_until_60_s_after_the_last_one) {
  Rivals rivals;
  rivals.come("192.0.2.1");
  rivals.at(1s);
  rivals.come("192.0.2.2");
  BOOST_TEST(!rivals.is_marked());
  rivals.at(11s);
  rivals.come("192.0.2.1");
  BOOST_TEST(rivals.is_marked());
  BOOST_TEST(rivals.status_of() == "online");
  rivals.at(70s);
  rivals.come("192.0.2.2");  // one is enough for it to go on
  rivals.publishes();
  rivals.at(130s - 1ms);
  BOOST_TEST(rivals.publishes() == 0);
  BOOST_TEST((rivals.engine.next_deadline() == kStart + 130s));
  rivals.at(130s);
  BOOST_TEST(rivals.publishes() == 1);
  BOOST_TEST(!rivals.is_marked());
  BOOST_TEST(!rivals.engine.next_deadline().has_value());
}

BOOST_AUTO_TEST_CASE(a_takeover_each_10_s_and_a_millisecond_is_none) {
  Rivals rivals;
  for (int i = 0; i < 20; ++i) {
    rivals.at(i * (10s + 1ms));
    rivals.come(i % 2 == 0 ? "192.0.2.1" : "192.0.2.2");
    BOOST_TEST(!rivals.is_marked());
  }
  BOOST_TEST(!rivals.engine.next_deadline().has_value());
}

BOOST_AUTO_TEST_CASE(a_client_that_comes_back_once_is_none_but_again_and_again_from_one_address_is_one) {
  Rivals rivals;
  rivals.come("192.0.2.1");
  rivals.come("192.0.2.1");
  BOOST_TEST(!rivals.is_marked());
  rivals.come("192.0.2.1");
  BOOST_TEST(rivals.is_marked());
  BOOST_TEST((rivals.record().conflicts.at(0).addresses == Addresses{"192.0.2.1"}));
}

BOOST_AUTO_TEST_CASE(each_client_id_and_each_broker_counts_by_itself) {
  Rivals rivals;
  // All of them move to another network at once, and are one device.
  for (const auto* client_id : {"one", "two", "three"}) {
    rivals.come("192.0.2.1", "a", client_id, 1);
    rivals.come("192.0.2.1", "a", client_id, 0);
  }
  for (const auto* client_id : {"one", "two", "three"}) {
    rivals.come("192.0.2.2", "a", client_id, 1);
    rivals.come("192.0.2.2", "a", client_id, 0);
  }
  BOOST_TEST(!rivals.is_marked());
  rivals.at(5s);
  rivals.come("192.0.2.1", "a", "two", 0);
  BOOST_TEST(rivals.is_marked());
  const auto conflicts = rivals.record().conflicts;
  BOOST_TEST_REQUIRE(conflicts.size() == 1U);
  BOOST_TEST(conflicts[0].client_id == "two");
  BOOST_TEST(conflicts[0].broker == "zero");
}

BOOST_AUTO_TEST_CASE(it_is_known_who_fights_since_when_and_how_often) {
  Rivals rivals;
  rivals.come("192.0.2.1");
  for (int i = 1; i <= 5; ++i) {
    rivals.at(i * 1s);
    rivals.come(i % 2 == 0 ? "192.0.2.1" : "192.0.2.2");
  }
  const auto conflicts = rivals.record().conflicts;
  BOOST_TEST_REQUIRE(conflicts.size() == 1U);
  const ConflictRecord expected{"one", "shared", kStart + 1s, kStart + 5s, 5, {"192.0.2.1", "192.0.2.2"}};
  BOOST_TEST((conflicts[0] == expected));
  const auto summary = rivals.engine.conflicts();
  BOOST_TEST_REQUIRE(summary.has_value());
  BOOST_TEST(summary->count == 1U);
  BOOST_TEST(summary->device == "a");
  BOOST_TEST(summary->client_id == "shared");
  BOOST_TEST(summary->broker == 1U);
  BOOST_TEST(summary->takeovers == 5U);
}

BOOST_AUTO_TEST_CASE(of_many_rivals_the_latest_addresses_are_kept) {
  Rivals rivals;
  for (int i = 0; i < 100; ++i) rivals.come(fmt::format("192.0.2.{}", i));
  const auto addresses = rivals.record().conflicts.at(0).addresses;
  BOOST_TEST(addresses.size() == 8U);
  BOOST_TEST(addresses.front() == "192.0.2.92");
  BOOST_TEST(addresses.back() == "192.0.2.99");
}

BOOST_AUTO_TEST_CASE(where_the_rivals_are_two_devices_both_are_marked_with_both_addresses) {
  Rivals rivals;
  rivals.come("192.0.2.1", "a");
  rivals.come("192.0.2.2", "b");
  BOOST_TEST(rivals.retained("a").at("connected") == false);
  BOOST_TEST(!rivals.is_marked("a"));
  rivals.at(5s);
  rivals.come("192.0.2.1", "a");
  for (const auto* device : {"a", "b"}) {
    BOOST_TEST(rivals.is_marked(device));
    BOOST_TEST((rivals.record(device).conflicts.at(0).addresses == Addresses{"192.0.2.2", "192.0.2.1"}));
  }
  BOOST_TEST(rivals.retained("b").at("cause") == "taken_over");  // as before
  rivals.at(65s);
  for (const auto* device : {"a", "b"}) BOOST_TEST(!rivals.is_marked(device));
}

BOOST_AUTO_TEST_CASE(a_device_is_marked_until_the_last_of_its_conflicts_is_over) {
  Rivals rivals;
  const auto fight = [&](std::string_view client_id) {
    for (int i = 0; i < 3; ++i) rivals.come("192.0.2.1", "a", client_id);
  };
  fight("one");
  rivals.at(30s);
  fight("two");
  rivals.at(60s);
  BOOST_TEST(rivals.is_marked());
  BOOST_TEST(rivals.record().conflicts.size() == 1U);
  rivals.at(90s);
  BOOST_TEST(!rivals.is_marked());
}

BOOST_AUTO_TEST_CASE(other_ends_and_an_unknown_connections_end_are_no_takeovers) {
  Rivals rivals;
  for (int i = 0; i < 10; ++i) {
    const auto id = rivals.connect("a");
    rivals.connect("a");
    rivals.end(id, Cause::connection_closed);
    rivals.end(id, Cause::taken_over);
    rivals.end({9, 9, 9}, Cause::taken_over);
  }
  BOOST_TEST(!rivals.is_marked());
}

BOOST_AUTO_TEST_CASE(told_late_it_is_what_it_would_be_by_now) {
  Rivals rivals;
  rivals.at(100s);
  const auto tell = [&](Millis at) {
    const ConnectionId id{1, 7, ++rivals.last_number};
    rivals.handle(ConnectionOpened{id, "a", "default", kStart + at, 60s, "shared", {}, "192.0.2.1"});
    if (rivals.last_number > 1)
      rivals.handle(ConnectionEnded{{1, 7, rivals.last_number - 1}, kStart + at, Cause::taken_over, false});
  };
  for (const auto at : {10s, 15s, 20s, 39s, 40s}) tell(at);  // over by now
  BOOST_TEST(!rivals.is_marked());
  tell(41s);
  BOOST_TEST(rivals.is_marked());
  rivals.at(101s);
  BOOST_TEST(!rivals.is_marked());
}

BOOST_AUTO_TEST_CASE(it_goes_on_over_a_restart_and_ends_when_it_would_have) {
  Rivals rivals;
  for (int i = 0; i < 3; ++i) rivals.come("192.0.2.1", i % 2 == 0 ? "a" : "b");
  rivals.restart();
  BOOST_TEST(rivals.record("a").conflicts.size() == 1U);
  BOOST_TEST(!rivals.engine.has_changes());  // it is as it was stored
  rivals.publishes();
  rivals.at(60s - 1ms);
  BOOST_TEST(rivals.publishes() == 0);
  rivals.at(60s);
  BOOST_TEST(rivals.publishes() >= 2);
  for (const auto* device : {"a", "b"}) BOOST_TEST(!rivals.is_marked(device));
}

BOOST_AUTO_TEST_CASE(one_that_was_over_meanwhile_is_taken_back_at_once) {
  Rivals rivals;
  for (int i = 0; i < 3; ++i) rivals.come("192.0.2.1");
  rivals.restart();
  rivals.at(1h);
  BOOST_TEST(!rivals.is_marked());
  BOOST_TEST(rivals.record().conflicts.empty());
}

BOOST_AUTO_TEST_CASE(who_is_forgotten_is_in_none_and_who_gets_its_place_neither) {
  Rivals rivals;
  for (int i = 0; i < 3; ++i) rivals.come("192.0.2.1", i % 2 == 0 ? "b" : "a");
  BOOST_TEST(rivals.is_marked("a"));
  rivals.operate(ForgetDevice{"a"});
  rivals.connect("c");
  BOOST_TEST(!rivals.is_marked("c"));
  BOOST_TEST(rivals.is_marked("b"));
  rivals.at(60s);
  BOOST_TEST(!rivals.is_marked("b"));
  BOOST_TEST(!rivals.is_marked("c"));
  rivals.come("192.0.2.2", "a");
  BOOST_TEST(!rivals.is_marked("a"));
}

BOOST_AUTO_TEST_CASE(takeovers_are_forgotten_so_that_many_take_no_memory) {
  Takeovers takeovers;
  Time now = kStart;
  for (int i = 0; i < 100'000; ++i) {
    now += 1ms;
    BOOST_TEST_REQUIRE(takeovers.note({0, std::to_string(i)}, now, now) == nullptr);
    BOOST_TEST_REQUIRE(takeovers.note({1, std::to_string(i)}, now, now) == nullptr);
    BOOST_TEST_REQUIRE(takeovers.remembered_count() <= 2 * 15'001U);
  }
  takeovers.forget_old(now + 1min);
  BOOST_TEST(takeovers.remembered_count() == 0U);
  for (int i = 0; i < 1000; ++i) takeovers.note({0, "one"}, now, now);  // in one millisecond
  takeovers.forget_old(now + 1min);
  BOOST_TEST(takeovers.remembered_count() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall::test
