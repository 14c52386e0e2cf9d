// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/session/request_channel.hpp"

#include <boost/test/unit_test.hpp>

using namespace rollcall;
using Overdue = RequestChannel::Overdue;

BOOST_TEST_DONT_PRINT_LOG_VALUE(Overdue)

namespace {

Time at(int ms) { return Time{Millis{1'000'000 + ms}}; }

struct Fixture {
  RequestChannel channel{41};
  std::vector<std::string> keep;  // requests are views of their bytes

  Fixture() {
    channel.link_up(0);
    greet(0);
    channel.greeting_answered(0, 0);
  }
  void greet(int now) { channel.greet({"ds", 7, false}, at(now)); }
  Request decoded(std::string_view bytes) { return decode_request(keep.emplace_back(bytes)).value(); }
  std::uint64_t ping(int now) { return decoded(channel.send(request::Ping{}, at(now))).number; }
  void publish(const std::string& topic, bool retain = true, std::size_t bytes = 10) {
    channel.publish({topic, std::string(bytes, 'x'), 1, retain});
  }
  /// Sends all that may be sent now. Returns the topics of each request.
  std::vector<std::string> send(int now) {
    std::vector<std::string> requests;
    while (const auto bytes = channel.send_batch(at(now))) {
      const auto request = decoded(*bytes);
      auto& line = requests.emplace_back();
      for (const auto& each : std::get<request::Publish>(request.body).publications) line += each.topic;
    }
    return requests;
  }
};

using Requests = std::vector<std::string>;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(request_channel, Fixture)

BOOST_AUTO_TEST_CASE(each_greeting_begins_a_session_that_counts_from_one) {
  BOOST_TEST(channel.session() == 42U);
  BOOST_TEST(ping(0) == 2U);  // behind the greeting
  BOOST_TEST(ping(0) == 3U);
  greet(10);
  BOOST_TEST(channel.session() == 43U);
  channel.greeting_answered(42, 3);
  BOOST_TEST(ping(20) == 2U);
}

BOOST_AUTO_TEST_CASE(no_session_is_zero) {
  RequestChannel last{UINT32_MAX};
  last.greet({"ds", 7, false}, at(0));
  BOOST_TEST(last.session() == 1U);
}

BOOST_AUTO_TEST_CASE(requests_wait_until_they_are_acknowledged) {
  ping(0);
  ping(5);
  BOOST_TEST(!channel.acknowledge(1, at(10)));
  BOOST_TEST((channel.acknowledge(2, at(20)) == at(0)));
  BOOST_TEST(!channel.is_idle());
  BOOST_TEST((channel.acknowledge(9, at(30)) == at(5)));
  BOOST_TEST(channel.is_idle());
  BOOST_TEST((channel.progress_at() == at(30)));
}

BOOST_AUTO_TEST_CASE(few_publications_go_in_two_requests_and_the_others_gather) {
  publish("a");
  BOOST_TEST(send(0) == Requests{"a"});
  publish("b");
  BOOST_TEST(send(0) == Requests{"b"});
  publish("c");
  publish("d");
  BOOST_TEST(send(0).empty());
  BOOST_TEST(channel.unacknowledged_count() == 4U);
  channel.acknowledge(2, at(10));
  BOOST_TEST(send(10) == Requests{"cd"});
}

BOOST_AUTO_TEST_CASE(what_the_session_before_has_not_done_goes_out_again) {
  publish("a");
  send(0);
  publish("b");
  send(0);
  greet(10);
  channel.greeting_answered(42, 2);
  BOOST_TEST(send(10) == Requests{"b"});

  greet(20);
  channel.greeting_answered(42, 9);  // of a session before that
  BOOST_TEST(send(20) == Requests{"b"});
}

BOOST_AUTO_TEST_CASE(what_waits_too_long_is_repeated_and_then_the_plugin_is_greeted_anew) {
  ping(0);
  BOOST_TEST(channel.check_overdue(at(0), at(4999)) == Overdue::no);
  BOOST_TEST((channel.overdue_at(at(0)) == at(5000)));
  BOOST_TEST(channel.check_overdue(at(0), at(5000)) == Overdue::repeat);
  int repeated = 0;
  channel.for_each_unanswered([&](std::string_view bytes) { repeated += bytes == channel.oldest() ? 1 : 0; });
  BOOST_TEST(repeated == 1);
  BOOST_TEST(channel.check_overdue(at(5000), at(10'000)) == Overdue::greet);
}

BOOST_AUTO_TEST_CASE(a_large_request_is_not_repeated) {
  publish("a", true, 50'000);
  send(0);
  BOOST_TEST(channel.check_overdue(at(0), at(5000)) == Overdue::greet);
}

BOOST_AUTO_TEST_CASE(that_requests_become_smaller_is_news_once_a_boot) {
  const auto lose_a_large_request = [&](int now) {
    publish("a", true, 20'000);
    publish("b", true, 20'000);
    send(now);
    channel.check_overdue(at(now), at(now + 5000));
    const auto session = channel.session();
    greet(now + 5000);
    return channel.greeting_answered(session, 0);
  };
  BOOST_TEST(lose_a_large_request(0));
  BOOST_TEST(!lose_a_large_request(10'000));
  channel.begin_boot();
  BOOST_TEST(lose_a_large_request(20'000));
}

BOOST_AUTO_TEST_CASE(what_no_packet_can_carry_is_news_once_a_boot) {
  channel.link_up(1000);
  BOOST_TEST(!channel.left_out_news());
  publish("a", true, 2000);
  BOOST_TEST(send(0).empty());
  BOOST_TEST(channel.left_out_news().has_value());
  BOOST_TEST(!channel.left_out_news());
  BOOST_TEST(channel.left_out()->is_packet_limit);
  BOOST_TEST(channel.left_out()->statuses == 1U);
}

BOOST_AUTO_TEST_CASE(numbers_are_acknowledged_as_far_as_all_before_them_are) {
  channel.restore_acked_seq(3);
  publish("a");
  send(0);
  BOOST_TEST(channel.acked_seq(10) == 3U);  // 10 belongs to "a"
  publish("b");
  send(0);
  BOOST_TEST(channel.acked_seq(20) == 3U);
  channel.acknowledge(2, at(10));
  BOOST_TEST(channel.acked_seq(30) == 10U);
  channel.acknowledge(3, at(20));
  BOOST_TEST(channel.acked_seq(30) == 30U);
  channel.begin_boot();
  publish("c");
  BOOST_TEST(channel.acked_seq(40) == 0U);
}

BOOST_AUTO_TEST_CASE(times_move_along_with_the_wall_clock) {
  ping(0);
  channel.clock_stepped(Millis{60'000});
  BOOST_TEST((channel.progress_at() == at(60'000)));
  BOOST_TEST((channel.acknowledge(2, at(60'010)) == at(60'000)));
}

BOOST_AUTO_TEST_SUITE_END()
