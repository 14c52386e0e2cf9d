// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/pipeline/newcomers.hpp"

#include <boost/test/unit_test.hpp>

using namespace std::chrono_literals;

namespace rollcall {
namespace {

const Time kStart = Time{} + std::chrono::hours{500'000};

struct Fixture {
  Newcomers newcomers{{1000, 2}};

  /// How many of `count` are let in at `at`.
  int admitted(int count, Time at, std::size_t known = 0) {
    int admitted = 0;
    for (int i = 0; i < count; ++i) admitted += newcomers.admit("d" + std::to_string(i), known, at) ? 1 : 0;
    return admitted;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(newcomers_test, Fixture)

BOOST_AUTO_TEST_CASE(ten_times_the_rate_may_come_at_once_and_then_the_rate) {
  BOOST_TEST(admitted(100, kStart) == 20);
  BOOST_TEST(admitted(100, kStart + 499ms) == 0);
  BOOST_TEST(admitted(100, kStart + 500ms) == 1);
  BOOST_TEST(admitted(100, kStart + 5s) == 9);
  BOOST_TEST(admitted(100, kStart + 1h) == 20);
  BOOST_TEST(newcomers.refused() == 80U + 100 + 99 + 91 + 80);
}

BOOST_AUTO_TEST_CASE(who_is_told_late_counts_when_it_came) {
  for (int second = 0; second < 1000; ++second)
    BOOST_TEST(admitted(2, kStart + std::chrono::seconds{second}) == 2);
  BOOST_TEST(admitted(100, kStart) == 18);  // earlier than the last one: nothing is added
}

BOOST_AUTO_TEST_CASE(beyond_the_most_there_is_no_room) {
  BOOST_TEST(admitted(1, kStart, 999) == 1);
  BOOST_TEST(admitted(1, kStart, 1000) == 0);
  const auto news = newcomers.take_news(kStart);
  BOOST_TEST_REQUIRE(news.has_value());
  BOOST_TEST((news->by == Newcomers::Limit::max_devices));
}

BOOST_AUTO_TEST_CASE(they_are_named_once_a_minute) {
  BOOST_TEST(!newcomers.take_news(kStart).has_value());
  admitted(25, kStart);
  auto news = newcomers.take_news(kStart);
  BOOST_TEST_REQUIRE(news.has_value());
  BOOST_TEST(news->count == 5U);
  BOOST_TEST(news->device == "d24");
  BOOST_TEST((news->by == Newcomers::Limit::new_devices));
  BOOST_TEST(!newcomers.news_due().has_value());
  admitted(1, kStart);
  BOOST_TEST((newcomers.news_due() == kStart + 60s));
  BOOST_TEST(!newcomers.take_news(kStart + 59s).has_value());
  BOOST_TEST(newcomers.take_news(kStart + 60s).has_value());
}

BOOST_AUTO_TEST_CASE(a_step_of_the_clock_neither_gives_room_nor_takes_it) {
  admitted(100, kStart);
  newcomers.move_times(1h);
  BOOST_TEST(admitted(100, kStart + 1h) == 0);
  BOOST_TEST(admitted(100, kStart + 1h + 1s) == 2);
}

BOOST_AUTO_TEST_CASE(other_limits_hold_at_once) {
  admitted(100, kStart);
  newcomers.set_limits({1000, 3});
  BOOST_TEST(admitted(100, kStart) == 30);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall
