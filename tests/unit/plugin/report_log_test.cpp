// SPDX-License-Identifier: Apache-2.0
#include "plugin/report_log.hpp"

#include <algorithm>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace rollcall;
using namespace rollcall::plugin;

namespace {

struct Fixture {
  struct Emitted {
    std::uint64_t number;
    Millis at;
    std::string topic;
  };
  std::vector<Emitted> emitted;
  ReportLog reports{[this](const stream::Reported& report) {
    emitted.push_back({report.number, report.at, std::string(report.topic)});
  }};
  Millis now{1'000'000};

  void report(const std::string& topic) {
    RateLimit of_another_publisher;
    reports.note(topic, {}, now, of_another_publisher);
  }
  void pass(Millis time) {
    now += time;
    reports.emit_due(now, 1000);
  }
  std::vector<std::string> topics_above(std::uint64_t number) {
    emitted.clear();
    BOOST_TEST(reports.emit_from(number, [](std::size_t) { return true; }) == reports.last_number());
    std::vector<std::string> topics;
    for (const auto& each : emitted) topics.push_back(each.topic);
    return topics;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(reports_by_topic, Fixture)

BOOST_AUTO_TEST_CASE(a_report_is_emitted_at_once_and_the_last_of_those_that_follow_when_a_second_is_over) {
  report("a");
  BOOST_TEST_REQUIRE(emitted.size() == 1U);
  pass(Millis{300});
  report("a");
  report("b");
  BOOST_TEST(emitted.size() == 2U);
  pass(Millis{300});
  report("a");
  const auto last = now;
  pass(Millis{399});
  BOOST_TEST(emitted.size() == 2U);
  pass(Millis{1});
  BOOST_TEST_REQUIRE(emitted.size() == 3U);
  BOOST_TEST(emitted[2].topic == "a");
  BOOST_TEST((emitted[2].at == last));
  BOOST_TEST(emitted[2].number > emitted[1].number);
  pass(Millis{5000});
  BOOST_TEST(emitted.size() == 3U);  // b had no more
  BOOST_TEST(!reports.has_pending());
}

BOOST_AUTO_TEST_CASE(however_many_come_a_topic_is_emitted_once_a_second) {
  for (int i = 0; i < 10'000; ++i) {
    report("a");
    pass(Millis{1});
  }
  BOOST_TEST(emitted.size() == 11U);
  pass(Millis{1000});
  BOOST_TEST((emitted.back().at == now - Millis{1001}));
}

BOOST_AUTO_TEST_CASE(what_waits_is_emitted_in_turns_if_it_is_much) {
  for (int i = 0; i < 100; ++i) report(std::to_string(i));
  for (int i = 0; i < 100; ++i) report(std::to_string(i));
  emitted.clear();
  now += Millis{1000};
  for (int turn = 1; turn <= 10; ++turn) {
    reports.emit_due(now, 10);
    BOOST_TEST(emitted.size() == static_cast<std::size_t>(turn) * 10);
  }
  BOOST_TEST(!reports.has_pending());
}

BOOST_AUTO_TEST_CASE(the_latest_of_each_topic_is_remembered_in_the_order_in_which_they_were_told) {
  report("a");
  report("b");
  pass(Millis{2000});
  report("a");
  const auto known = emitted[1].number;
  BOOST_TEST((topics_above(0) == std::vector<std::string>{"b", "a"}));
  BOOST_TEST((topics_above(known) == std::vector<std::string>{"a"}));
  BOOST_TEST(topics_above(reports.last_number()).empty());
}

BOOST_AUTO_TEST_CASE(emission_stops_where_it_is_asked_to_and_goes_on_there) {
  for (int i = 0; i < 10; ++i) report(std::to_string(i));
  emitted.clear();
  std::uint64_t number = 0;
  for (int page = 0; page < 5; ++page) {
    int left = 2;
    number = reports.emit_from(number, [&](std::size_t) { return left-- > 0; });
  }
  BOOST_TEST(number == reports.last_number());
  BOOST_TEST(emitted.size() == 10U);
}

BOOST_AUTO_TEST_CASE(the_oldest_are_forgotten_beyond_the_bounds_and_emitted_before_that) {
  report("first");
  report("first");
  for (std::size_t i = 0; i < kMaxReportTopics; ++i) report("t" + std::to_string(i));
  BOOST_TEST(reports.count() == kMaxReportTopics);
  BOOST_TEST(emitted.back().topic == "first");  // it was pending
  report("one more");
  BOOST_TEST(reports.count() == kMaxReportTopics);
  const std::string text(4000, 'x');
  for (int i = 0; i < 30'000; ++i) report(text + std::to_string(i));
  BOOST_TEST(reports.bytes() <= kMaxReportBytes);
  pass(Millis{1000});
  for (int turn = 0; turn < 200; ++turn) reports.emit_due(now, 1000);
  report("t5");
  BOOST_TEST(emitted.back().topic == "t5");
}

BOOST_AUTO_TEST_CASE(a_publisher_of_many_topics_is_slowed_down_and_its_last_reports_are_emitted) {
  RateLimit gateway;
  constexpr int kTopics = 10'000;
  for (int i = 0; i < kTopics; ++i) reports.note("t" + std::to_string(i), {}, now, gateway);
  BOOST_TEST(emitted.size() == 5000U);
  report("somebody else's");
  BOOST_TEST(emitted.size() == 5001U);
  const auto first = now;
  now += Millis{1000};
  reports.note("t9999", {}, now, gateway);  // waits already, and keeps its turn
  reports.emit_due(now, 100'000);
  BOOST_TEST(emitted.size() == 5501U);
  pass(Millis{8999});
  for (int i = 0; i < 10; ++i) pass(Millis{1});
  BOOST_TEST(emitted.size() == 10'001U);
  BOOST_TEST(emitted.back().topic == "t9999");
  BOOST_TEST((emitted.back().at == first + Millis{1000}));
  BOOST_TEST(reports.dropped_count() == 0U);
}

BOOST_AUTO_TEST_CASE(who_publishes_far_too_many_topics_loses_some_and_displaces_nobody) {
  RateLimit flood;
  report("known");
  for (int i = 0; i < 200'000; ++i) reports.note("t" + std::to_string(i), {}, now, flood);
  BOOST_TEST(emitted.size() == 5001U);
  BOOST_TEST(reports.count() <= 36'000U);
  BOOST_TEST(reports.dropped_count() > 160'000U);
  const auto known = topics_above(0);
  BOOST_TEST((std::find(known.begin(), known.end(), "known") != known.end()));
}

BOOST_AUTO_TEST_SUITE_END()
