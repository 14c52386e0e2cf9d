// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/pipeline/inbox.hpp"

#include <boost/test/unit_test.hpp>

using namespace rollcall;

namespace {

constexpr Time kNow{Millis{1000}};

}  // namespace

BOOST_AUTO_TEST_SUITE(inbox)

BOOST_AUTO_TEST_CASE(what_came_first_is_taken_first) {
  Inbox inbox;
  inbox.add({kNow, Inbox::Message{"one"}});
  inbox.add({kNow + Millis{1}, Inbox::LinkUp{7}});
  inbox.add({kNow + Millis{2}, Inbox::Message{"two"}});
  BOOST_TEST(std::get<Inbox::Message>(inbox.take().what).bytes == "one");
  BOOST_TEST(std::get<Inbox::LinkUp>(inbox.take().what).max_packet_bytes == 7U);
  BOOST_TEST(!inbox.is_empty());
  BOOST_TEST(inbox.take().at.time_since_epoch().count() == 1002);
  BOOST_TEST(inbox.is_empty());
}

BOOST_AUTO_TEST_CASE(the_end_of_a_link_is_seen_while_it_waits) {
  Inbox inbox;
  inbox.add({kNow, Inbox::LinkDown{}});
  inbox.add({kNow, Inbox::LinkUp{}});
  inbox.add({kNow, Inbox::LinkDown{}});
  inbox.take();
  BOOST_TEST(inbox.has_link_down());
  inbox.take();
  inbox.take();
  BOOST_TEST(!inbox.has_link_down());
  inbox.add({kNow, Inbox::LinkDown{}});
  inbox.clear();
  BOOST_TEST(inbox.is_empty());
  BOOST_TEST(!inbox.has_link_down());
}

BOOST_AUTO_TEST_CASE(times_move_along_with_the_wall_clock) {
  Inbox inbox;
  inbox.add({kNow, Inbox::LinkDown{}});
  inbox.clock_stepped(Millis{500});
  BOOST_TEST(inbox.take().at.time_since_epoch().count() == 1500);
}

BOOST_AUTO_TEST_SUITE_END()
