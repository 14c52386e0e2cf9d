// SPDX-License-Identifier: Apache-2.0
// From a notification to its end, with a clock, a store and receivers of the test's own.
#include "bridge/core/channels/delivery_queue.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "tests/unit/core/config/config_verdict.hpp"

using namespace rollcall;
using namespace std::chrono_literals;

namespace {

constexpr Time kBegin{1'600'000'000s};

const char* const kTwoChannels =
    R"({"channels":{"ops":{"webhook":"http://ops"},"chat":{"webhook":"http://chat"}}})";

/// A bridge around the queue: it writes a batch at a time, and hands over what is sent.
struct World : Sender {
  Config config = parsed(kTwoChannels);
  Engine engine{EngineSettings{}};
  Time now = kBegin;
  std::vector<OutgoingMessage> sent;
  std::vector<std::string> log;
  std::map<std::string, NotificationRecord> notifications;                   // what the store has
  std::map<std::pair<std::string, std::string>, DeliveryRecord> deliveries;  // likewise
  std::unique_ptr<DeliveryQueue> queue;
  bool is_store_well = true;
  std::size_t most_in_batch = 0;

  World() { start(); }

  /// As after a kill -9: of what wasn't stored nothing is left.
  void start() {
    std::vector<NotificationEntry> waiting;
    for (const auto& [id, notification] : notifications) {
      NotificationEntry entry{0, notification, {}};
      for (const auto& [key, record] : deliveries) {
        if (key.first == id && record.state == DeliveryRecord::State::waiting)
          entry.deliveries.push_back(record);
      }
      if (!entry.deliveries.empty()) waiting.push_back(entry);
    }
    sent.clear();
    queue = std::make_unique<DeliveryQueue>(DeliveryQueue::Setup{config.channels, {}, 1, 1},
                                            std::move(waiting), *this,
                                            [this](bool, const std::string& line) { log.push_back(line); });
    run();
  }

  void send(OutgoingMessage message) override { sent.push_back(std::move(message)); }

  void store() {
    if (!is_store_well || !queue->has_changes()) return;
    StoreBatch batch;
    queue->add_changes(batch);
    most_in_batch = std::max(most_in_batch, batch.deliveries.size());
    for (const auto& each : batch.notifications) notifications.emplace(each.id, each);
    for (const auto& each : batch.deliveries) deliveries[{each.notification, each.channel}] = each;
    queue->stored(now);
  }
  void run() {
    queue->advance(engine, now);
    store();
    queue->advance(engine, now);
  }
  void notify(const std::string& id, std::vector<std::string> channels = {"ops"}) {
    Notification notification;
    notification.id = id;
    notification.device = notification.text = "pump";
    notification.channels = std::move(channels);
    notification.at = now;
    queue->notify(notification, now);
    run();
  }
  /// Answers all that was sent so far.
  void answer(std::uint64_t code, const std::string& retry_after = {}) {
    for (const auto& message : std::exchange(sent, {})) end(message.number, code, retry_after);
  }
  void end(std::uint64_t number, std::uint64_t code, const std::string& retry_after = {}) {
    SendResult result;
    result.number = number;
    result.code = code;
    result.retry_after = retry_after;
    if (code == 0) result.problem = "unreachable";
    queue->ended(result, now);
    run();
  }
  void wait_until_due() {
    BOOST_REQUIRE((queue->next_deadline() != Time::max()));
    now = std::max(now, queue->next_deadline());
    run();
  }
  const DeliveryRecord& record(const std::string& id, const std::string& channel = "ops") {
    return deliveries.at({id, channel});
  }
  std::size_t count(DeliveryRecord::State state) const {
    return static_cast<std::size_t>(std::count_if(
        deliveries.begin(), deliveries.end(), [&](const auto& each) { return each.second.state == state; }));
  }
};

using State = DeliveryRecord::State;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(delivery_queue, World)

BOOST_AUTO_TEST_CASE(each_channel_gets_each_notification_once) {
  notify("a", {"ops", "chat"});
  BOOST_TEST(sent.size() == 2U);
  answer(200);
  BOOST_TEST((record("a").state == State::delivered));
  BOOST_TEST((record("a", "chat").state == State::delivered));
  BOOST_TEST(record("a").attempts == 1U);
  BOOST_TEST(record("a").code == 200U);
  BOOST_TEST((queue->next_deadline() == Time::max()));
  BOOST_TEST(queue->counts().at("ops").delivered == 1U);
  BOOST_TEST(queue->counts().at("ops").waiting == 0U);
}

BOOST_AUTO_TEST_CASE(nothing_is_sent_before_it_is_stored) {
  is_store_well = false;
  notify("a");
  BOOST_TEST(sent.empty());
  is_store_well = true;
  run();
  BOOST_TEST(sent.size() == 1U);
}

BOOST_AUTO_TEST_CASE(it_is_tried_again_until_it_is_taken) {
  notify("a");
  for (int attempt = 1; attempt <= 12; ++attempt) {
    BOOST_REQUIRE(sent.size() == 1U);
    answer(500);
    BOOST_TEST((record("a").state == State::waiting));
    BOOST_TEST(record("a").attempts == static_cast<std::uint64_t>(attempt));
    const auto pause = record("a").due - now;
    BOOST_TEST((pause >= pause_after(static_cast<std::uint64_t>(attempt), 0.0)));
    BOOST_TEST((pause <= pause_after(static_cast<std::uint64_t>(attempt), 1.0)));
    wait_until_due();
  }
  answer(204);
  BOOST_TEST((record("a").state == State::delivered));
  BOOST_TEST(record("a").attempts == 13U);
  BOOST_TEST(queue->counts().at("ops").failed == 12U);
  BOOST_TEST(log.size() == 2U);  // the first failure, and its end
}

BOOST_AUTO_TEST_CASE(after_a_day_it_is_dead) {
  notify("a");
  std::size_t attempts = 0;
  while (queue->counts().at("ops").waiting > 0) {
    BOOST_REQUIRE(sent.size() == 1U);
    answer(0);
    ++attempts;
    if (queue->counts().at("ops").waiting > 0) wait_until_due();
  }
  BOOST_TEST((now - kBegin >= 24h));
  BOOST_TEST((now - kBegin <= 24h + 13min));
  BOOST_TEST((record("a").state == State::dead));
  BOOST_TEST(record("a").answer == "unreachable");
  BOOST_TEST(record("a").attempts == attempts);
  BOOST_TEST(queue->counts().at("ops").dead == 1U);
}

BOOST_AUTO_TEST_CASE(what_is_refused_is_dead_at_once) {
  notify("a");
  answer(400);
  BOOST_TEST((record("a").state == State::dead));
  BOOST_TEST(record("a").code == 400U);
  BOOST_TEST((queue->next_deadline() == Time::max()));
}

BOOST_AUTO_TEST_CASE(retry_after_is_obeyed) {
  notify("a");
  answer(429, "90");
  BOOST_TEST((record("a").due == now + 90s));
  notify("b");
  BOOST_TEST(sent.empty());  // it is the channel that wants to be left alone
  BOOST_TEST((queue->next_deadline() == now + 90s));
  wait_until_due();
  BOOST_TEST(sent.size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_channel_that_is_down_delays_no_other) {
  for (int i = 0; i < 100; ++i) notify(std::to_string(i), {"ops", "chat"});
  std::size_t delivered = 0;
  while (queue->counts().at("chat").waiting > 0) {
    for (const auto& message : std::exchange(sent, {})) {
      const bool is_chat = std::get<OutgoingRequest>(message.what).url == "http://chat";
      delivered += is_chat ? 1 : 0;
      if (is_chat) end(message.number, 200);  // ops hangs
    }
  }
  BOOST_TEST(delivered == 100U);
  BOOST_TEST((now == kBegin));
  BOOST_TEST(queue->counts().at("ops").waiting == 100U);
}

BOOST_AUTO_TEST_CASE(what_waits_survives_a_death_with_its_id) {
  notify("a", {"ops", "chat"});
  answer(503);
  notify("b");
  start();  // b was under way, and a waits
  BOOST_TEST(sent.size() == 1U);
  const auto& request = std::get<OutgoingRequest>(sent.at(0).what);
  BOOST_TEST(request.body.find(R"("id":"b")") != std::string::npos);
  BOOST_TEST((queue->next_deadline() < now + 2s));
  answer(200);
  now += 2s;
  run();
  BOOST_TEST(sent.size() == 2U);
  answer(200);
  BOOST_TEST(count(State::delivered) == 3U);
  BOOST_TEST(record("a").attempts == 2U);
}

BOOST_AUTO_TEST_CASE(an_answer_that_comes_after_a_restart_means_nothing) {
  notify("a");
  const auto number = sent.at(0).number;
  end(number + 7, 200);
  BOOST_TEST((record("a").state == State::waiting));
  end(number, 200);
  end(number, 500);
  BOOST_TEST((record("a").state == State::delivered));
}

BOOST_AUTO_TEST_CASE(ten_thousand_wait_for_a_channel_that_comes_back_after_an_hour) {
  for (std::size_t i = 0; i < ChannelQueue::kMostWaiting; ++i) notify("n" + std::to_string(i));
  while (now < kBegin + 1h) {
    if (sent.empty()) wait_until_due();
    answer(0);
  }
  BOOST_TEST(queue->counts().at("ops").failed < 30U);  // one asks for all
  const auto back = now;
  while (queue->counts().at("ops").waiting > 0) {
    if (sent.empty()) wait_until_due();
    answer(200);
  }
  BOOST_TEST((now <= back + 13min));
  BOOST_TEST(count(State::delivered) == ChannelQueue::kMostWaiting);
}

BOOST_AUTO_TEST_CASE(what_is_too_much_is_dead_and_listed) {
  constexpr std::size_t kMore = 500;
  for (std::size_t i = 0; i < ChannelQueue::kMostWaiting + kMore; ++i) notify("n" + std::to_string(i));
  BOOST_TEST(queue->counts().at("ops").waiting == ChannelQueue::kMostWaiting);
  BOOST_TEST(queue->counts().at("ops").dead == kMore);
  BOOST_TEST(queue->counts().at("ops").dropped == 0U);
  BOOST_TEST(count(State::dead) == kMore);
  BOOST_TEST((record("n4").state == State::dead));  // the first four are under way
  BOOST_TEST((record("n3").state == State::waiting));
  BOOST_TEST(log.size() == 1U);
}

BOOST_AUTO_TEST_CASE(where_the_store_fails_memory_is_bounded) {
  is_store_well = false;
  for (std::size_t i = 0; i < 3 * ChannelQueue::kMostWaiting; ++i)
    notify("n" + std::to_string(i), {"ops", "chat"});
  BOOST_TEST(sent.empty());
  BOOST_TEST(queue->counts().at("ops").dropped == 2 * ChannelQueue::kMostWaiting);
  is_store_well = true;
  run();
  BOOST_TEST(notifications.size() == ChannelQueue::kMostWaiting);
  BOOST_TEST(deliveries.size() == 2 * ChannelQueue::kMostWaiting);
  BOOST_TEST(count(State::dead) == 0U);
}

BOOST_AUTO_TEST_CASE(what_is_dropped_while_it_is_being_written_is_dead_in_the_store) {
  StoreBatch batch;
  notify("first");
  is_store_well = false;
  notify("n0");
  queue->add_changes(batch);  // on its way
  for (std::size_t i = 1; i <= ChannelQueue::kMostWaiting; ++i) notify("n" + std::to_string(i));
  StoreBatch next;
  queue->add_changes(next);
  const auto found = std::find_if(next.deliveries.begin(), next.deliveries.end(),
                                  [](const auto& each) { return each.notification == "n0"; });
  BOOST_REQUIRE(found != next.deliveries.end());
  BOOST_TEST((found->state == State::dead));
}

BOOST_AUTO_TEST_CASE(the_same_notification_twice_is_one) {
  notify("a");
  notify("a");
  BOOST_TEST(sent.size() == 1U);
  answer(200);
  BOOST_TEST((queue->next_deadline() == Time::max()));
}

BOOST_AUTO_TEST_CASE(a_person_has_what_is_dead_tried_again) {
  notify("a", {"ops", "chat"});
  answer(400);
  now += 48h;
  const NotificationEntry entry{1, notifications.at("a"), {record("a"), record("a", "chat")}};
  BOOST_REQUIRE(queue->retry(entry, now));
  BOOST_TEST(queue->retry(entry, now).error().message == "it is on its way already");
  run();
  BOOST_TEST(sent.size() == 2U);
  answer(500);
  BOOST_TEST((record("a").state == State::waiting));  // for another day
  wait_until_due();
  while (count(State::delivered) < 2) {
    if (sent.empty()) wait_until_due();
    answer(200);
  }
  const NotificationEntry done{1, notifications.at("a"), {record("a")}};
  BOOST_TEST(queue->retry(done, now).error().message == "no channel has given it up");
  NotificationEntry gone = entry;
  gone.deliveries.resize(1);
  gone.deliveries[0].channel = "gone";
  BOOST_TEST(queue->retry(gone, now).error().message == "there is no channel \"gone\" any more");
}

BOOST_AUTO_TEST_CASE(another_configuration_ends_channels_and_wakes_others) {
  for (int i = 0; i < 6; ++i) notify(std::to_string(i), {"ops", "chat"});
  while (!sent.empty()) answer(0);
  config = parsed(R"({"channels":{"ops":{"webhook":"http://elsewhere"}}})");
  queue->reload(config, now);
  run();
  BOOST_REQUIRE(!sent.empty());
  BOOST_TEST(std::get<OutgoingRequest>(sent.front().what).url == "http://elsewhere");
  BOOST_TEST(count(State::dead) == 6U);
  BOOST_TEST(record("0", "chat").answer == "there is no such channel any more");
  BOOST_TEST(queue->counts().size() == 1U);
}

BOOST_AUTO_TEST_CASE(what_was_stored_for_a_channel_that_is_gone_is_dead) {
  notify("a", {"chat"});
  config = parsed(R"({"channels":{"ops":{"webhook":"http://ops"}}})");
  start();
  BOOST_TEST(sent.empty());
  BOOST_TEST((record("a", "chat").state == State::dead));
}

BOOST_AUTO_TEST_CASE(without_channels_a_notification_is_kept) {
  notify("a", {});
  BOOST_TEST(notifications.count("a") == 1U);
  BOOST_TEST(deliveries.empty());
}

BOOST_AUTO_TEST_CASE(waits_move_along_with_the_clock) {
  notify("a");
  answer(500);
  const auto due = queue->next_deadline();
  queue->clock_stepped(Millis{-1h}, now - 1h);
  BOOST_TEST((queue->next_deadline() == due - 1h));
}

BOOST_AUTO_TEST_SUITE_END()
