// SPDX-License-Identifier: Apache-2.0
// A bridge of several brokers: whatever is cut or killed, in the end every status is what really happened.
#include "tests/unit/whole/several.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

using namespace rollcall;
using namespace rollcall::testing;
using Json = nlohmann::json;

namespace {

constexpr std::uint32_t kA = 0, kB = 1;

Json status_of(const Several& world, std::uint32_t at, const std::string& id) {
  const auto payload = world.status(at, id);
  return payload.empty() ? Json() : Json::parse(payload);
}

struct Fixture {
  Several world{2};

  Fixture() {
    world.connect_link(kA);
    world.connect_link(kB);
    world.settle();
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(several_brokers, Fixture)

BOOST_AUTO_TEST_CASE(a_status_is_the_same_at_all_of_them) {
  world.connect(kA, "a");
  world.settle();
  BOOST_TEST(status_of(world, kA, "a").at("connected") == true);
  BOOST_TEST(world.status(kA, "a") == world.status(kB, "a"));
}

BOOST_AUTO_TEST_CASE(who_takes_over_and_leaves_within_a_millisecond_has_left) {
  world.connect(kA, "a");
  world.settle(1);
  world.break_link(kA);
  world.connect(kA, "a");
  world.disconnect(kA, "a");
  world.connect_link(kA);
  world.settle(1);
  BOOST_TEST(status_of(world, kB, "a").at("cause") == "client_disconnect");
}

BOOST_AUTO_TEST_CASE(a_boot_that_is_lost_before_it_has_told_anything_freezes_no_wait_twice) {
  world.connect(kA, "a");
  world.settle(1);
  world.disconnect(kA, "a");
  const Time due = world.now() + std::chrono::minutes{1};
  world.settle(1);
  BOOST_TEST(status_of(world, kB, "a").at("next").at("at") == format_rfc3339(due));
  const Time lost_at = world.now();
  world.kill_broker(kA, Millis{20'000});
  world.connect_link(kA);
  for (int message = 0; message < 2; ++message) world.deliver_one(kA);  // its answer, and no list
  world.kill_broker(kA, Millis{10'000});
  const Millis frozen = world.now() - lost_at;
  world.connect_link(kA);
  world.settle(2);
  BOOST_TEST(status_of(world, kB, "a").at("status") == "online");
  BOOST_TEST(status_of(world, kB, "a").at("next").at("at") == format_rfc3339(due + frozen));
}

BOOST_AUTO_TEST_CASE(who_left_a_boot_whose_beginning_was_noticed_late_is_not_missing_from_the_one_before) {
  world.connect(kA, "a");
  world.settle();
  world.kill_broker(kA, Millis{1000}, true);
  world.pass(Millis{1000}, false);
  world.connect(kA, "a");
  world.pass(Millis{1000}, false);
  world.disconnect(kA, "a");
  world.pass(Millis{1000}, false);
  world.notice_loss(kA);
  world.kill_bridge();
  world.connect_link(kA);
  world.connect_link(kB);
  world.settle(1);
  BOOST_TEST(status_of(world, kB, "a").at("connected") == false);
  BOOST_TEST(status_of(world, kB, "a").at("cause") == "client_disconnect");
}

BOOST_AUTO_TEST_SUITE_END()
