// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/session/plugin_clock.hpp"

#include <boost/test/unit_test.hpp>

using namespace rollcall;

namespace {

Time at(int ms) { return Time{Millis{1'000'000 + ms}}; }

struct Fixture {
  PluginClock clock;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(plugin_clock, Fixture)

BOOST_AUTO_TEST_CASE(the_message_with_the_least_delay_gives_the_difference) {
  clock.note(Millis{100}, at(150), true);
  BOOST_TEST((clock.wall(Millis{100}, at(999)) == at(150)));
  clock.note(Millis{200}, at(210), false);  // 10 on its way, where the first was 50
  BOOST_TEST((clock.wall(Millis{200}, at(999)) == at(210)));
  clock.note(Millis{300}, at(390), false);
  BOOST_TEST((clock.wall(Millis{300}, at(999)) == at(310)));
  BOOST_TEST((clock.plugin_time(at(310)) == Millis{300}));
}

BOOST_AUTO_TEST_CASE(nothing_happened_after_now) {
  clock.note(Millis{100}, at(100), true);
  BOOST_TEST((clock.wall(Millis{500}, at(300)) == at(300)));
}

BOOST_AUTO_TEST_CASE(the_difference_grows_as_fast_as_clocks_drift) {
  clock.note(Millis{0}, at(0), true);
  clock.note(Millis{1'000'000}, at(1'001'000), false);  // 200 of a million
  BOOST_TEST((*clock.offset() == at(200).time_since_epoch()));
}

BOOST_AUTO_TEST_CASE(an_answer_was_not_made_before_it_was_asked_for) {
  clock.note(Millis{0}, at(0), true);
  clock.note_answer(Millis{100}, at(130));
  BOOST_TEST((clock.wall(Millis{100}, at(999)) == at(130)));
}

BOOST_AUTO_TEST_CASE(the_stored_difference_stands_until_there_is_a_new_one) {
  BOOST_TEST(!clock.offset());
  clock.restore(Millis{7});
  BOOST_TEST((clock.offset() == Millis{7}));
  clock.move_stored(Millis{3});
  BOOST_TEST((clock.offset() == Millis{10}));
  clock.note(Millis{0}, at(0), true);
  BOOST_TEST((clock.offset() == at(0).time_since_epoch()));
}

BOOST_AUTO_TEST_CASE(a_step_since_the_stored_contact_is_seen) {
  const auto step = [&](int now) { return clock.step_since(at(0), Millis{5000}, at(now - 10), at(now)); };
  BOOST_TEST(!step(5000));  // nothing was restored
  clock.restore(at(0).time_since_epoch());
  BOOST_TEST((step(5000) == Millis{0}));
  BOOST_TEST((step(5900) == Millis{0}));  // within the tolerance
  BOOST_TEST((step(65'000) == Millis{60'000}));
  BOOST_TEST((step(-55'000) == Millis{-60'000}));
}

BOOST_AUTO_TEST_CASE(times_move_along_with_the_wall_clock) {
  clock.note(Millis{100}, at(100), true);
  clock.clock_stepped(Millis{5000});
  BOOST_TEST((clock.wall(Millis{100}, at(9999)) == at(5100)));
}

BOOST_AUTO_TEST_SUITE_END()
