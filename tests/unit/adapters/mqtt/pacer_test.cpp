// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/mqtt/pacer.hpp"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace rollcall {
namespace {

struct PacerFixture {
  void publish(const std::string& payload) { pacer.publish(mqtt::message::create("t", payload, 0, false)); }

  bool takes = true, has_room = true;
  std::vector<std::string> sent;
  Pacer pacer{[this](const mqtt::const_message_ptr&) { return has_room; },
              [this](const mqtt::const_message_ptr& message) {
                if (takes) sent.push_back(message->to_string());
                return takes;
              }};
};

BOOST_FIXTURE_TEST_SUITE(pacer_suite, PacerFixture)

BOOST_AUTO_TEST_CASE(one_is_sent_and_the_rest_follows_in_order) {
  for (const auto* const payload : {"a", "b", "c"}) publish(payload);
  BOOST_TEST(sent == (std::vector<std::string>{"a"}));
  pacer.written();
  BOOST_TEST(sent == (std::vector<std::string>{"a", "b"}));
  publish("d");
  pacer.written();
  pacer.written();
  BOOST_TEST(sent == (std::vector<std::string>{"a", "b", "c", "d"}));
  pacer.written();
  publish("e");
  BOOST_TEST(sent.back() == "e");
}

BOOST_AUTO_TEST_CASE(it_is_idle_when_all_is_written) {
  BOOST_TEST(pacer.is_idle());
  for (const auto* const payload : {"a", "b", "c"}) publish(payload);
  for (int written = 0; written < 3; ++written) {
    BOOST_TEST(!pacer.is_idle());
    pacer.written();
  }
  BOOST_TEST(pacer.is_idle());
}

BOOST_AUTO_TEST_CASE(without_room_nothing_is_sent_until_it_looks_again) {
  has_room = false;
  publish("a");
  BOOST_TEST(sent.empty());
  BOOST_TEST(!pacer.is_idle());
  pacer.look_again();
  BOOST_TEST(sent.empty());
  has_room = true;
  publish("b");
  BOOST_TEST(sent == (std::vector<std::string>{"a"}));
  has_room = false;
  pacer.written();
  BOOST_TEST(sent == (std::vector<std::string>{"a"}));
  has_room = true;
  pacer.look_again();
  pacer.look_again();
  BOOST_TEST(sent == (std::vector<std::string>{"a", "b"}));
  pacer.written();
  BOOST_TEST(pacer.is_idle());
}

BOOST_AUTO_TEST_CASE(what_isnt_taken_is_lost_and_holds_up_nothing) {
  takes = false;
  for (const auto* const payload : {"a", "b", "c"}) publish(payload);
  BOOST_TEST(pacer.is_idle());
  takes = true;
  publish("d");
  BOOST_TEST(sent == (std::vector<std::string>{"d"}));
}

BOOST_AUTO_TEST_CASE(after_its_close_nothing_is_sent) {
  for (const auto* const payload : {"a", "b", "c"}) publish(payload);
  pacer.close();
  publish("d");
  pacer.written();
  BOOST_TEST(sent == (std::vector<std::string>{"a"}));
}

BOOST_AUTO_TEST_CASE(a_writer_on_another_thread_gets_all_of_them_in_order) {
  constexpr int kCount = 20'000;
  std::atomic<int> handed{0};
  int last = -1;
  bool is_in_order = true;
  Pacer threaded([](const mqtt::const_message_ptr&) { return true; },
                 [&](const mqtt::const_message_ptr& message) {  // under its lock
                   const int number = std::stoi(message->to_string());
                   is_in_order = is_in_order && number == last + 1;
                   last = number;
                   ++handed;
                   return true;
                 });
  std::thread writer([&] {
    for (int written = 0; written < kCount;) {
      if (handed.load() > written) {
        threaded.written();
        ++written;
      } else {
        std::this_thread::yield();
      }
    }
  });
  for (int number = 0; number < kCount; ++number)
    threaded.publish(mqtt::message::create("t", std::to_string(number), 0, false));
  writer.join();
  BOOST_TEST(threaded.is_idle());
  BOOST_TEST(is_in_order);
  BOOST_TEST(last == kCount - 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace rollcall
