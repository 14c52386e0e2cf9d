// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/session/outbox.hpp"

#include <boost/test/unit_test.hpp>

#include "topics/protocol/requests.hpp"

using namespace rollcall;

namespace {

struct Fixture {
  Outbox outbox;

  void row(const std::string& payload) { outbox.add({"row", payload, 0, false}); }
  void status(const std::string& topic, const std::string& payload) { outbox.add({topic, payload, 1, true}); }
  std::string take(std::size_t max_bytes = kMaxRequestBytes) { return words(outbox.take_batch(max_bytes)); }
  static std::string words(const std::vector<Publication>& batch) {
    std::string out;
    for (const auto& each : batch) out += (out.empty() ? "" : " ") + each.topic + "=" + each.payload;
    return out;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(outbox, Fixture)

BOOST_AUTO_TEST_CASE(of_a_retained_topic_only_the_latest_goes_out) {
  status("a", "1");
  status("b", "1");
  status("a", "2");
  BOOST_TEST(outbox.size() == 2U);
  BOOST_TEST(take() == "a=2 b=1");
  status("a", "3");
  BOOST_TEST(take() == "a=3");
  BOOST_TEST(outbox.is_empty());
}

BOOST_AUTO_TEST_CASE(rows_go_in_order_before_the_statuses_that_came_with_them) {
  row("1");
  status("a", "1");
  row("2");
  BOOST_TEST(take() == "row=1 row=2 a=1");
}

BOOST_AUTO_TEST_CASE(a_backlog_of_rows_leaves_room_for_statuses) {
  for (int i = 0; i < 1000; ++i) row(std::to_string(i));
  for (int i = 0; i < 300; ++i) status(std::to_string(i), "x");
  const auto batch = outbox.take_batch(kMaxRequestBytes);
  BOOST_TEST(batch.size() == kMaxPublicationsPerRequest);
  BOOST_TEST(std::count_if(batch.begin(), batch.end(), [](const auto& each) { return each.retain; }) == 224);
}

BOOST_AUTO_TEST_CASE(so_they_do_in_a_small_request) {
  constexpr std::size_t kSmall = 4096;
  for (int i = 0; i < 1000; ++i) row(std::to_string(i) + std::string(300, '.'));
  for (int i = 0; i < 100; ++i) status(std::to_string(i), std::string(300, 'x'));
  const auto batch = outbox.take_batch(kSmall);
  BOOST_TEST(std::count_if(batch.begin(), batch.end(), [](const auto& each) { return each.retain; }) >= 8);
  BOOST_TEST(!batch.front().retain);
}

BOOST_AUTO_TEST_CASE(rows_have_as_much_before_any_is_dropped) {
  for (std::size_t i = 0; i <= Outbox::kMaxUnretained / 2; ++i) row("x");
  for (int i = 0; i < 300; ++i) status(std::to_string(i), "x");
  const auto batch = outbox.take_batch(kMaxRequestBytes);
  BOOST_TEST(std::count_if(batch.begin(), batch.end(), [](const auto& each) { return each.retain; }) == 128);
}

BOOST_AUTO_TEST_CASE(a_batch_fits_the_bytes_and_holds_one_at_least) {
  status("a", std::string(100, 'x'));
  status("b", std::string(100, 'x'));
  BOOST_TEST(outbox.take_batch(150).size() == 1U);
  BOOST_TEST(outbox.take_batch(1).size() == 1U);
  BOOST_TEST(outbox.take_batch(1).empty());
}

BOOST_AUTO_TEST_CASE(rows_and_statuses_take_turns_where_a_request_holds_one) {
  row("1");
  row("2");
  row("3");
  status("a", "x");
  status("b", "x");
  std::string taken;
  while (!outbox.is_empty()) taken += take(1) + " ";
  BOOST_TEST(taken == "row=1 a=x row=2 b=x row=3 ");
}

BOOST_AUTO_TEST_CASE(what_no_request_can_carry_is_left_out_and_holds_up_nobody) {
  const std::string large(500, 'x');
  row(large);
  status("large", large);
  status("small", "1");
  outbox.set_limit(300);
  BOOST_TEST(take() == "small=1");
  BOOST_TEST(outbox.is_empty());
  status("large too", large);
  BOOST_TEST(outbox.is_empty());
  const auto left_out = outbox.left_out();
  BOOST_TEST(left_out.statuses == 2U);
  BOOST_TEST(left_out.rows == 1U);
  // 16 of the request, 8 of the message, and the topic
  BOOST_TEST(left_out.needed_bytes == 16U + 8U + 9U + 500U);
  // It hasn't arrived: after a restart it must be published again.
  BOOST_TEST(outbox.first_order() < outbox.next_order());
}

BOOST_AUTO_TEST_CASE(what_was_left_out_goes_out_when_it_is_smaller_or_the_limit_is_larger) {
  outbox.set_limit(300);
  status("a", std::string(500, 'x'));
  status("b", std::string(400, 'x'));
  status("a", "small");
  BOOST_TEST(take() == "a=small");
  BOOST_TEST(outbox.left_out().statuses == 1U);
  outbox.set_limit(1000);
  BOOST_TEST(take() == "b=" + std::string(400, 'x'));
  BOOST_TEST(outbox.left_out().statuses == 0U);
  BOOST_TEST(outbox.left_out().needed_bytes == 0U);
  BOOST_TEST(outbox.first_order() == outbox.next_order());
}

BOOST_AUTO_TEST_CASE(of_a_topic_that_is_left_out_the_latest_stays) {
  status("a", std::string(500, '1'));
  auto batch = outbox.take_batch(kMaxRequestBytes);
  status("a", std::string(500, '2'));
  outbox.put_back(std::move(batch));
  outbox.set_limit(300);
  BOOST_TEST(take().empty());
  outbox.set_limit(1000);
  BOOST_TEST(take() == "a=" + std::string(500, '2'));
}

BOOST_AUTO_TEST_CASE(what_fits_into_no_request_is_dropped_and_counted) {
  status("a", std::string(kMaxRequestBytes, 'x'));
  BOOST_TEST(outbox.is_empty());
  BOOST_TEST(outbox.dropped_count() == 1U);
}

BOOST_AUTO_TEST_CASE(what_did_not_arrive_goes_first_unless_there_is_something_newer) {
  row("1");
  row("2");
  status("a", "1");
  status("b", "1");
  auto batch = outbox.take_batch(kMaxRequestBytes);
  row("3");
  status("b", "2");
  status("c", "1");
  outbox.put_back(std::move(batch));
  BOOST_TEST(take() == "row=1 row=2 row=3 a=1 b=2 c=1");
}

BOOST_AUTO_TEST_CASE(rows_are_bounded_and_the_oldest_go_first) {
  for (std::size_t i = 0; i < Outbox::kMaxUnretained + 10; ++i) row(std::to_string(i));
  BOOST_TEST(outbox.size() == Outbox::kMaxUnretained);
  BOOST_TEST(outbox.dropped_count() == 10U);
  BOOST_TEST(outbox.take_batch(kMaxRequestBytes).front().payload == "10");
}

BOOST_AUTO_TEST_SUITE_END()
