// SPDX-License-Identifier: Apache-2.0
// Waits that a disconnect at a broker began go no further than its watermark (Engine::set_watermark).
#include <boost/test/unit_test.hpp>

#include "tests/unit/core/lifecycle/engine_fixture.hpp"

namespace rollcall::test {
namespace {

constexpr std::uint32_t kBroker = 1;  // the bench's

struct Fixture : Bench {
  Fixture() : Bench(one_minute()) { raise_watermark(0s); }
  void raise_watermark(Millis since_start) { engine.set_watermark(kBroker, kStart + since_start); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(engine_watermark, Fixture)

BOOST_AUTO_TEST_CASE(a_due_wait_waits_for_the_watermark) {
  end(connect());
  rows();
  at(90s);
  BOOST_TEST(status_of() == "online");
  BOOST_TEST((engine.waiting_for_watermark(kBroker) == kStart + 60s));
  raise_watermark(59s);
  at(91s);
  BOOST_TEST(status_of() == "online");
  raise_watermark(60s);
  at(92s);
  const Rows expected{"60 a online>offline client_disconnect"};
  BOOST_TEST(rows() == expected);
  BOOST_TEST(retained().at("since") == time_text(60s));
  BOOST_TEST(!engine.waiting_for_watermark(kBroker).has_value());
}

BOOST_AUTO_TEST_CASE(a_connect_that_is_told_late_leaves_no_trace_of_the_wait) {
  end(connect());
  rows();
  at(90s);
  late(60s).connect();  // at 30 s
  const Rows expected{"30 a online>online blip client_disconnect"};
  BOOST_TEST(rows() == expected);
  raise_watermark(24h);
  at(24h);
  BOOST_TEST(rows().empty());
  BOOST_TEST(status_of() == "online");
}

BOOST_AUTO_TEST_CASE(what_was_due_before_a_connect_that_is_told_late_is_certain) {
  end(connect());
  rows();
  at(2h);
  late(30min).connect();  // at 90 min, after offline at 1 min and inactive at 61 min
  const Rows expected{"60 a online>offline client_disconnect", "3660 a offline>inactive client_disconnect",
                      "5400 a inactive>online connect"};
  BOOST_TEST(rows() == expected);
  BOOST_TEST(!engine.waiting_for_watermark(kBroker).has_value());
}

BOOST_AUTO_TEST_CASE(news_of_another_broker_end_the_wait_without_judging_it) {
  end(connect());
  rows();
  at(90s);
  connect_as(ConnectionId{2, 1, 1});
  const Rows expected{"90 a online>online blip client_disconnect"};
  BOOST_TEST(rows() == expected);
  BOOST_TEST(!engine.waiting_for_watermark(kBroker).has_value());
}

BOOST_AUTO_TEST_CASE(reports_wait_for_no_broker) {
  report();
  at(61s);
  BOOST_TEST(status_of() == "offline");
}

BOOST_AUTO_TEST_CASE(ties_go_on_in_the_order_in_which_they_were_scheduled) {
  const auto b = connect("b");
  const auto a = connect("a");
  end(a);
  end(b);
  rows();
  at(90s);
  raise_watermark(90s);
  at(91s);
  const Rows expected{"60 a online>offline client_disconnect", "60 b online>offline client_disconnect"};
  BOOST_TEST(rows() == expected);
}

BOOST_AUTO_TEST_CASE(what_is_known_does_not_become_unknown) {
  end(connect());
  raise_watermark(70s);
  raise_watermark(10s);
  at(70s);
  BOOST_TEST(status_of() == "offline");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall::test
