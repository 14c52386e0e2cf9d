// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/session/snapshot.hpp"

#include <boost/test/unit_test.hpp>

using namespace rollcall;
using Next = Snapshot::Next;
using Kind = Snapshot::Change::Kind;

BOOST_TEST_DONT_PRINT_LOG_VALUE(Next)

namespace {

struct Fixture {
  KnownBroker known;
  Snapshot snapshot{1, 0};

  Next add(const StreamRecord& record) { return snapshot.add(record, known); }
  void begin(std::uint64_t highest = 10) { add(stream::SnapshotBegin{1, highest}); }
  static ConnectionFacts facts(std::string_view client_id) { return {client_id, "user", "10.0.0.1"}; }
  /// "+3 -2": connection 3 opened, then 2 ended.
  std::string changes(int last_contact = 0) {
    std::string line;
    auto all = snapshot.take_changes(known, Millis{last_contact});
    for (std::size_t place = 0; place < all.size(); ++place) {
      const auto change = all.take(place);
      const char* const sign = change.kind == Kind::opened     ? "+"
                               : change.kind == Kind::ended    ? "-"
                               : change.kind == Kind::active   ? "a"
                               : change.kind == Kind::reported ? "r"
                               : change.kind == Kind::declared ? "d"
                                                               : "s";
      line += (line.empty() ? "" : " ") + (sign + std::to_string(change.connection)) + "@" +
              std::to_string(change.at.count());
    }
    return line;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(snapshot_of_a_broker, Fixture)

BOOST_AUTO_TEST_CASE(it_asks_for_page_after_page) {
  BOOST_TEST((snapshot.page() == request::Snapshot{1, 0, 0, false, 0}));
  begin();
  BOOST_TEST(add(stream::SnapshotMore{2, 7, 8, true, 9}) == Next::record);  // another's
  BOOST_TEST(add(stream::SnapshotMore{1, 7, 8, true, 9}) == Next::page);
  BOOST_TEST((snapshot.page() == request::Snapshot{1, 7, 8, true, 9}));
  BOOST_TEST(add(stream::SnapshotEnd{2}) == Next::record);
  BOOST_TEST(add(stream::SnapshotEnd{1}) == Next::complete);
}

BOOST_AUTO_TEST_CASE(what_comes_before_it_begins_is_in_its_rows) {
  add(stream::Opened{3, Millis{5}, facts("a")});
  BOOST_TEST(changes() == "");
}

BOOST_AUTO_TEST_CASE(only_what_is_not_known_is_a_change) {
  known.live = {{2, "a"}};
  begin();
  add(stream::Live{2, Millis{5}, facts("a")});
  add(stream::Live{3, Millis{6}, facts("b")});
  add(stream::Live{3, Millis{6}, facts("b")});
  BOOST_TEST(changes() == "+3@6");
}

BOOST_AUTO_TEST_CASE(who_came_and_went_meanwhile_is_told_whole) {
  known.through = 1;
  begin();
  add(stream::Past{1, Millis{1}, Millis{2}, Cause::client_disconnect, false, facts("old")});
  add(stream::Past{3, Millis{5}, Millis{9}, Cause::client_disconnect, false, facts("a")});
  BOOST_TEST(changes() == "+3@5 -3@9");
}

BOOST_AUTO_TEST_CASE(an_end_that_comes_while_it_is_under_way_is_told_once) {
  known.live = {{2, "a"}};
  begin();
  add(stream::Ended{2, Millis{9}, Cause::client_disconnect, false});
  add(stream::Past{2, Millis{1}, Millis{9}, Cause::client_disconnect, false, facts("a")});
  BOOST_TEST(changes() == "-2@9");
}

BOOST_AUTO_TEST_CASE(who_left_no_trace_ended_at_the_last_contact_or_when_it_came_back) {
  known.live = {{2, "a"}, {4, "b"}};
  begin();
  add(stream::Live{5, Millis{7}, facts("b")});
  BOOST_TEST(changes(3) == "-2@3 +5@7 -4@7");
}

BOOST_AUTO_TEST_CASE(who_came_after_it_began_is_not_gone) {
  begin(10);
  known.live = {{11, "a"}};
  BOOST_TEST(changes() == "");
}

BOOST_AUTO_TEST_CASE(a_takeover_in_one_millisecond_leaves_no_moment_without_a_connection) {
  known.live = {{2, "a"}};
  begin();
  add(stream::Ended{2, Millis{9}, Cause::taken_over, false});
  add(stream::Opened{11, Millis{9}, facts("a")});
  BOOST_TEST(changes() == "+11@9 -2@9");
}

BOOST_AUTO_TEST_CASE(other_ends_of_one_millisecond_come_before_who_came_in_it) {
  known.live = {{2, "a"}};
  begin();
  add(stream::Opened{11, Millis{9}, facts("a")});
  add(stream::Ended{2, Millis{9}, Cause::client_disconnect, false});
  BOOST_TEST(changes() == "-2@9 +11@9");
}

BOOST_AUTO_TEST_CASE(reports_are_told_once_by_their_numbers) {
  known.reports = 5;
  begin();
  for (const std::uint64_t number : {5U, 6U, 6U, 7U}) {
    add(stream::Reported{number, Millis{9}, "ds/report/pump", {}, {}, {}});
  }
  BOOST_TEST(snapshot.highest_report() == 7U);
  BOOST_TEST(changes() == "r0@9 r0@9");
}

BOOST_AUTO_TEST_CASE(what_a_connection_said_counts_if_the_connection_is_known) {
  known.live = {{2, "a"}};
  begin();
  add(stream::Active{2, Millis{5}});
  add(stream::Active{9, Millis{5}});
  add(stream::Declared{2, Millis{6}, "standby"});
  add(stream::Live{2, Millis{1}, facts("a")});
  BOOST_TEST(changes() == "a2@5 d2@6");
}

BOOST_AUTO_TEST_CASE(texts_outlive_the_message_that_they_came_in) {
  std::string client_id = "a-client-id-that-is-longer-than-any-small-string";
  begin();
  add(stream::Live{3, Millis{6}, facts(client_id)});
  client_id.assign(client_id.size(), '#');
  auto all = snapshot.take_changes(known, Millis{0});
  BOOST_TEST_REQUIRE(all.size() == 1U);
  BOOST_TEST(all.take(0).facts_with_texts().client_id == "a-client-id-that-is-longer-than-any-small-string");
}

BOOST_AUTO_TEST_SUITE_END()
