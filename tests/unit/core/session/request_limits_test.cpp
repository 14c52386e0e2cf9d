// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/session/request_limits.hpp"

#include <boost/test/unit_test.hpp>

using namespace rollcall;
using Learnt = RequestLimits::Learnt;

namespace {

struct Fixture {
  RequestLimits limits;

  /// A request is lost, and the greeting behind it is answered.
  Learnt lose(std::size_t bytes, std::size_t publications) {
    limits.unanswered(2, bytes, publications);
    return limits.greeting_answered(1);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(request_limits, Fixture)

BOOST_AUTO_TEST_CASE(what_is_lost_with_several_messages_is_tried_with_a_quarter) {
  BOOST_TEST(limits.usual_bytes() == 65536U);
  BOOST_TEST((limits.answer_within(65000) == Millis{5000}));
  BOOST_TEST((lose(65000, 100) == Learnt::to_send_smaller));
  BOOST_TEST(limits.usual_bytes() == 16250U);
  BOOST_TEST(limits.most_under_way() == 1U);
  BOOST_TEST((limits.answer_within(16000) == Millis{1000}));
  limits.answered(16000, Millis{10});
  BOOST_TEST((limits.answer_within(16000) == Millis{5000}));
  BOOST_TEST(limits.usual_bytes() == 16250U);  // no more than has passed
}

BOOST_AUTO_TEST_CASE(a_single_message_is_given_up_when_it_is_lost_twice) {
  BOOST_TEST((lose(900, 1) == Learnt::nothing));
  BOOST_TEST(limits.most_bytes() == kMaxRequestBytes);
  BOOST_TEST((lose(900, 1) == Learnt::a_limit));
  BOOST_TEST(limits.most_bytes() == 899U);
  BOOST_TEST(limits.setting_for(900) == 900U);
  // By then it is known what it is.
  BOOST_TEST((lose(850, 1) == Learnt::a_limit));
  BOOST_TEST(limits.most_bytes() == 849U);
  limits.forget();
  BOOST_TEST(limits.most_bytes() == kMaxRequestBytes);
}

BOOST_AUTO_TEST_CASE(what_was_done_or_was_on_another_link_was_not_too_large) {
  limits.unanswered(2, 65000, 100);
  BOOST_TEST((limits.greeting_answered(2) == Learnt::nothing));
  limits.unanswered(2, 65000, 100);
  limits.link_up();
  BOOST_TEST((limits.greeting_answered(1) == Learnt::nothing));
  BOOST_TEST((lose(100, 0) == Learnt::nothing));  // a ping that got lost
  BOOST_TEST(limits.usual_bytes() == 65536U);
}

BOOST_AUTO_TEST_CASE(the_brokers_word_counts_with_what_mqtt_adds) {
  limits.set_packet_limit(400);
  BOOST_TEST(limits.usual_bytes() == 372U);
  BOOST_TEST(limits.most_bytes() == 372U);
  BOOST_TEST(limits.is_packet_limit());
  BOOST_TEST(limits.setting_for(500) == 528U);
  limits.forget();
  BOOST_TEST(limits.most_bytes() == 372U);
  limits.set_packet_limit(0);
  BOOST_TEST(limits.most_bytes() == kMaxRequestBytes);
}

BOOST_AUTO_TEST_CASE(a_link_that_breaks_is_tried_with_less_and_grows_with_fast_answers) {
  limits.answered(64000, Millis{10});
  limits.link_broke(64000);
  BOOST_TEST(limits.usual_bytes() == 16384U);
  BOOST_TEST(limits.most_under_way() == 1U);
  limits.answered(16000, Millis{4000});
  BOOST_TEST(limits.usual_bytes() == 16384U);
  BOOST_TEST(limits.most_under_way() == 1U);
  for (int answers = 0; answers < 8; ++answers) limits.answered(16000, Millis{100});
  BOOST_TEST(limits.usual_bytes() == 64000U);
  BOOST_TEST(limits.most_under_way() == 8U);
}

BOOST_AUTO_TEST_SUITE_END()
