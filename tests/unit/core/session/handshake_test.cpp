// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/session/handshake.hpp"

#include <boost/test/unit_test.hpp>

using namespace rollcall;

namespace {

struct Fixture {
  Handshake handshake{{"ds", 7, true, 1000}};

  /// How many greetings get no answer before the link is to be made anew.
  int greetings_until_reconnect() {
    int count = 1;
    while (!handshake.unanswered()) ++count;
    return count;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(handshake, Fixture)

BOOST_AUTO_TEST_CASE(a_bridge_takes_over_only_until_it_is_answered) {
  BOOST_TEST(handshake.hello().take_over);
  handshake.answered(3);
  BOOST_TEST(!handshake.hello().take_over);
  BOOST_TEST(handshake.hello().instance == 7U);
  BOOST_TEST(handshake.answered_boot() == 3U);
}

BOOST_AUTO_TEST_CASE(a_bridge_that_was_displaced_does_not_take_over) {
  handshake.displaced();
  BOOST_TEST(!handshake.hello().take_over);
  BOOST_TEST(handshake.take_served_again());
  BOOST_TEST(!handshake.take_served_again());
}

BOOST_AUTO_TEST_CASE(a_link_without_answers_is_made_anew_at_growing_intervals) {
  for (const int expected : {2, 4, 8, 16, 32, 64, 64}) {
    handshake.link_up();
    BOOST_TEST(greetings_until_reconnect() == expected);
  }
  handshake.answered(3);
  BOOST_TEST(greetings_until_reconnect() == 2);
}

BOOST_AUTO_TEST_CASE(a_state_is_news_once) {
  BOOST_TEST(!handshake.state().has_value());
  BOOST_TEST(handshake.set_state(PluginState::answers, "1.0"));
  BOOST_TEST(!handshake.set_state(PluginState::answers, "1.0"));
  BOOST_TEST(handshake.set_state(PluginState::answers, "1.1"));
  BOOST_TEST(handshake.set_state(PluginState::silent, {}));
  BOOST_TEST(handshake.state_detail().empty());
}

BOOST_AUTO_TEST_SUITE_END()
