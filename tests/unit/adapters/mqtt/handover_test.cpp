// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/mqtt/handover.hpp"

#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

namespace rollcall {
namespace {

struct HandoverFixture {
  std::shared_ptr<Handover<int>> make() {
    return std::make_shared<Handover<int>>(
        io, Handover<int>::Receiver{[this](int& item) { items.push_back(item); }, [this] { ++idle_count; }});
  }

  boost::asio::io_context io;
  std::vector<int> items;
  int idle_count = 0;
};

BOOST_FIXTURE_TEST_SUITE(handover_suite, HandoverFixture)

BOOST_AUTO_TEST_CASE(a_burst_takes_one_turn) {
  const auto handover = make();
  for (const int item : {1, 2, 3}) handover->put(item);
  BOOST_TEST(io.poll() == 1U);
  BOOST_TEST(items == (std::vector{1, 2, 3}));
  BOOST_TEST(idle_count == 1);
}

BOOST_AUTO_TEST_CASE(what_comes_after_a_turn_takes_another_one) {
  const auto handover = make();
  handover->put(1);
  io.poll();
  io.restart();
  BOOST_TEST(io.poll() == 0U);
  handover->put(2);
  io.restart();
  BOOST_TEST(io.poll() == 1U);
  BOOST_TEST(items == (std::vector{1, 2}));
}

BOOST_AUTO_TEST_CASE(others_get_their_turn_in_a_long_burst) {
  const auto handover = make();
  constexpr auto kMany = 2 * static_cast<int>(Handover<int>::kMaxPerTurn) + 1;
  for (int item = 0; item < kMany; ++item) handover->put(item);
  std::size_t seen = 0;
  boost::asio::post(io, [&] { seen = items.size(); });
  BOOST_TEST(io.poll() == 4U);
  BOOST_TEST(seen == Handover<int>::kMaxPerTurn);
  BOOST_TEST(items.size() == static_cast<std::size_t>(kMany));
  BOOST_TEST(idle_count == 3);
}

BOOST_AUTO_TEST_CASE(what_is_too_much_is_dropped_but_not_what_must_arrive) {
  const auto handover = make();
  for (const int item : {1, 2, 3}) handover->put(item, 2);
  handover->put(4);
  io.poll();
  BOOST_TEST(items == (std::vector{1, 2, 4}));
}

BOOST_AUTO_TEST_CASE(nothing_comes_after_its_close_not_even_what_was_on_its_way) {
  std::shared_ptr<Handover<int>> handover;
  handover = std::make_shared<Handover<int>>(io, Handover<int>::Receiver{[&](int& item) {
                                                                           items.push_back(item);
                                                                           if (item == 2) handover->close();
                                                                         },
                                                                         [&] { ++idle_count; }});
  for (const int item : {1, 2, 3}) handover->put(item);
  io.poll();
  handover->put(4);
  io.restart();
  BOOST_TEST(io.poll() == 0U);
  BOOST_TEST(items == (std::vector{1, 2}));
  BOOST_TEST(idle_count == 0);
}

BOOST_AUTO_TEST_CASE(it_may_go_while_a_turn_is_due) {
  make()->put(1);
  io.poll();
  BOOST_TEST(items == (std::vector{1}));
}

BOOST_AUTO_TEST_CASE(each_threads_items_come_in_their_order_and_all_of_them) {
  constexpr int kThreads = 3, kEach = 20'000;
  const auto handover = make();
  const auto keep_running = boost::asio::make_work_guard(io);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int item = 0; item < kEach; ++item) handover->put(item * kThreads + thread);
    });
  }
  while (items.size() < static_cast<std::size_t>(kThreads) * kEach) io.run_one();
  for (auto& thread : threads) thread.join();
  std::vector<int> next(kThreads);
  bool is_in_order = true;
  for (const int item : items) is_in_order = is_in_order && item / kThreads == next[item % kThreads]++;
  BOOST_TEST(is_in_order);
}

BOOST_AUTO_TEST_CASE(a_close_amid_a_burst_of_another_thread) {
  const auto handover = make();
  std::thread burst([&] {
    for (int item = 0; item < 20'000; ++item) handover->put(item);
  });
  const auto keep_running = boost::asio::make_work_guard(io);
  io.run_one();
  handover->close();
  const auto count = items.size();
  burst.join();
  io.poll();
  BOOST_TEST(items.size() == count);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace rollcall
