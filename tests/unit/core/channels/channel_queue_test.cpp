// SPDX-License-Identifier: Apache-2.0
// Whose turn it is in one channel.
#include "bridge/core/channels/channel_queue.hpp"

#include <boost/test/unit_test.hpp>

using namespace rollcall;
using namespace std::chrono_literals;

namespace {

constexpr Time kNow{1'600'000'000s};
constexpr double kMiddle = 0.5;  // no jitter

struct Queue {
  ChannelQueue queue;
  Time now = kNow;

  std::optional<PendingDelivery> add(ChannelQueue::Number number, bool is_stored = true) {
    NotificationRecord notification;
    notification.id = std::to_string(number);
    PendingDelivery delivery;
    delivery.notification = std::make_shared<const NotificationRecord>(notification);
    delivery.record.notification = notification.id;
    delivery.record.began = delivery.record.due = now;
    if (is_stored) delivery.stored = PendingDelivery::Stored::yes;
    return queue.add(number, std::move(delivery));
  }
  void fail(ChannelQueue::Number number, std::optional<Millis> retry_after = {}) {
    queue.failed(number, retry_after, kMiddle, now);
  }
  /// Those whose turn it is, which begin by that.
  std::vector<ChannelQueue::Number> turns() {
    std::vector<ChannelQueue::Number> found;
    while (const auto number = queue.take_next(now)) found.push_back(*number);
    return found;
  }
};

using Numbers = std::vector<ChannelQueue::Number>;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(channel_queue, Queue)

BOOST_AUTO_TEST_CASE(nothing_goes_before_it_is_stored) {
  add(1, false);
  BOOST_TEST((turns() == Numbers{}));
  queue.stored();  // of something before it
  BOOST_TEST((turns() == Numbers{}));
  queue.begin_to_store();
  add(2, false);
  BOOST_TEST((turns() == Numbers{}));
  queue.stored();
  BOOST_TEST((turns() == Numbers{1}));
}

BOOST_AUTO_TEST_CASE(four_go_at_once_in_the_order_in_which_they_came) {
  for (ChannelQueue::Number number = 1; number <= 6; ++number) add(number);
  BOOST_TEST((turns() == Numbers{1, 2, 3, 4}));
  BOOST_TEST((queue.next_deadline() == Time::max()));
  queue.answered(2);
  BOOST_TEST((turns() == Numbers{5}));
}

BOOST_AUTO_TEST_CASE(a_failure_delays_nothing_else) {
  add(1);
  add(2);
  BOOST_TEST((turns() == Numbers{1, 2}));
  fail(1);
  queue.answered(2);
  add(3);
  BOOST_TEST((turns() == Numbers{3}));
  BOOST_TEST((queue.next_deadline() == now + 1s));
  now += 1s;
  BOOST_TEST((turns() == Numbers{1}));
  fail(1);
  BOOST_TEST((queue.next_deadline() == now + 2s));
}

BOOST_AUTO_TEST_CASE(a_channel_that_is_down_is_asked_by_one_at_a_time) {
  for (ChannelQueue::Number number = 1; number <= 9; ++number) add(number);
  for (const auto number : turns()) fail(number);
  BOOST_TEST(queue.failures() == 4U);
  BOOST_TEST((queue.next_deadline() == now + 1s));
  now += 1s;
  BOOST_TEST((turns() == Numbers{5}));
  fail(5);
  BOOST_TEST((queue.next_deadline() == now + 2s));
  now += 2s;
  BOOST_TEST((turns() == Numbers{6}));
  queue.answered(6);
  BOOST_TEST((turns() == Numbers{7, 8, 9, 1}));
}

BOOST_AUTO_TEST_CASE(who_asks_to_be_left_alone_is) {
  for (ChannelQueue::Number number = 1; number <= 5; ++number) add(number);
  BOOST_TEST((turns() == Numbers{1, 2, 3, 4}));
  fail(1, Millis{30s});
  queue.answered(2);  // the channel works after all
  BOOST_TEST((turns() == Numbers{5}));
  fail(3, Millis{30s});
  BOOST_TEST((queue.next_deadline() == now + 30s));
}

BOOST_AUTO_TEST_CASE(too_many_make_the_oldest_give_way) {
  for (ChannelQueue::Number number = 1; number <= ChannelQueue::kMostWaiting; ++number)
    BOOST_REQUIRE(!add(number));
  BOOST_TEST((turns() == Numbers{1, 2, 3, 4}));  // under way: none of these
  const auto oldest = add(ChannelQueue::kMostWaiting + 1);
  BOOST_REQUIRE(oldest);
  BOOST_TEST(oldest->notification->id == "5");
  BOOST_TEST(queue.size() == ChannelQueue::kMostWaiting);
  BOOST_TEST(!queue.knows("5"));
  BOOST_TEST(queue.knows("6"));
}

BOOST_AUTO_TEST_CASE(one_alone_is_tried_for_a_day) {
  add(1);
  BOOST_TEST((turns() == Numbers{1}));
  now += 24h - 1ms;
  fail(1);
  BOOST_TEST(queue.take_expired(1, now).empty());
  now = queue.next_deadline();
  BOOST_TEST((turns() == Numbers{1}));
  fail(1);
  BOOST_TEST(queue.take_expired(1, now).size() == 1U);
  BOOST_TEST(queue.size() == 0U);
  BOOST_TEST((queue.next_deadline() == Time::max()));
}

BOOST_AUTO_TEST_CASE(in_a_channel_that_is_down_all_expire_that_wait_for_a_day) {
  for (ChannelQueue::Number number = 1; number <= 8; ++number) add(number);
  for (const auto number : turns()) fail(number);
  now += 1h;
  add(9);
  now += 23h;
  BOOST_TEST((turns() == Numbers{5}));
  fail(5);
  BOOST_TEST(queue.take_expired(5, now).size() == 8U);
  BOOST_TEST(queue.size() == 1U);
}

BOOST_AUTO_TEST_CASE(times_move_along_with_the_clock) {
  for (ChannelQueue::Number number = 1; number <= 5; ++number) add(number);
  for (const auto number : turns()) fail(number);
  queue.clock_stepped(Millis{1h});
  BOOST_TEST((queue.next_deadline() == now + 1h + 1s));
  now += 1h + 1s;
  BOOST_TEST((turns() == Numbers{5}));
  queue.clock_stepped(Millis{-1h});
  now -= 1h;
  fail(5);
  BOOST_TEST((queue.next_deadline() == now + 2s));
}

BOOST_AUTO_TEST_CASE(another_configuration_is_tried_at_once) {
  for (ChannelQueue::Number number = 1; number <= 5; ++number) add(number);
  for (const auto number : turns()) fail(number, Millis{1h});
  BOOST_TEST((queue.next_deadline() == now + 1h));
  queue.try_all(now);
  BOOST_TEST((turns() == Numbers{1, 2, 3, 4}));
  BOOST_TEST(queue.take_all().size() == 5U);
  BOOST_TEST((turns() == Numbers{}));
}

BOOST_AUTO_TEST_SUITE_END()
