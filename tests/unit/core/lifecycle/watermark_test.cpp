// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/lifecycle/watermark.hpp"

#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace rollcall::test {
namespace {

constexpr Time at(int seconds) { return Time{Seconds{seconds}}; }

struct Raised : Watermark {
  /// The devices whose waits it covers from now on, in the order in which they are released.
  std::vector<std::size_t> raised(Time to) {
    std::vector<std::size_t> devices;
    raise(to, [&](std::size_t device, Time /*due*/) { devices.push_back(device); });
    return devices;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(watermark)

BOOST_AUTO_TEST_CASE(without_one_everything_is_known) {
  const Watermark watermark;
  BOOST_TEST(watermark.covers(Time::max()));
  BOOST_TEST(!watermark.time().has_value());
}

BOOST_AUTO_TEST_CASE(it_covers_what_happened_up_to_it_and_never_goes_back) {
  Raised watermark;
  watermark.raised(at(10));
  watermark.raised(at(5));
  BOOST_TEST(watermark.covers(at(10)));
  BOOST_TEST(!watermark.covers(at(11)));
}

BOOST_AUTO_TEST_CASE(waits_are_released_by_their_due_times_and_then_in_order) {
  Raised watermark;
  watermark.raised(at(10));
  watermark.add_waiting(at(20), 1, 7);
  watermark.add_waiting(at(15), 3, 8);
  watermark.add_waiting(at(15), 2, 9);
  watermark.add_waiting(at(30), 4, 6);
  watermark.remove_waiting(at(99), 4, 6);  // isn't among them
  BOOST_TEST((watermark.first_waiting() == at(15)));
  BOOST_TEST((watermark.raised(at(20)) == std::vector<std::size_t>{9, 8, 7}));
  watermark.remove_waiting(at(30), 4, 6);
  BOOST_TEST(!watermark.first_waiting().has_value());
}

BOOST_AUTO_TEST_CASE(a_step_of_the_clock_moves_it_and_what_waits) {
  Raised watermark;
  watermark.raised(at(10));
  watermark.add_waiting(at(20), 1, 7);
  watermark.clock_stepped(Seconds{100});
  BOOST_TEST((watermark.time() == at(110)));
  BOOST_TEST((watermark.first_waiting() == at(120)));
  watermark.pull_back(at(60));
  BOOST_TEST((watermark.time() == at(60)));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall::test
