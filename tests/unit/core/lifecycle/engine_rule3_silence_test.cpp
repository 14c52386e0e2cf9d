// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>

#include "tests/unit/core/lifecycle/engine_fixture.hpp"

namespace rollcall::test {

BOOST_AUTO_TEST_SUITE(engine_rule3_silence)

BOOST_AUTO_TEST_CASE(the_first_wait_is_reduced_by_the_silence_that_the_broker_has_waited) {
  Bench bench(lifecycle({status("online"), status("offline", 2min)}));
  const auto id = bench.connect("a", 45s);
  bench.at(68s);
  bench.end(id, Cause::keepalive_timeout);
  BOOST_TEST(bench.retained().at("next").at("at") == time_text(68s + 53s));
  BOOST_TEST(bench.retained().at("last_seen") == time_text(1s));
  BOOST_TEST(bench.retained().at("graceful") == false);
}

BOOST_AUTO_TEST_CASE(more_silence_than_wait_leads_on_when_the_loss_is_noticed) {
  Bench bench(one_minute());
  const auto id = bench.connect("a", 45s);
  bench.at(68s);
  bench.rows();
  bench.end(id, Cause::keepalive_timeout);
  BOOST_TEST(bench.rows() == Rows{"68 a online>offline keepalive_timeout"});
}

BOOST_AUTO_TEST_CASE(silence_beyond_the_first_wait_is_not_carried_on) {
  Bench bench(lifecycle({status("online"), status("standby", 10s), status("offline", 1min)}));
  const auto id = bench.connect("a", 60s);
  bench.at(90s);
  bench.rows();
  bench.end(id, Cause::keepalive_timeout);
  bench.at(1h);
  const Rows expected{"90 a online>standby keepalive_timeout", "150 a standby>offline keepalive_timeout"};
  BOOST_TEST(bench.rows() == expected);
}

BOOST_AUTO_TEST_CASE(no_other_cause_has_silence) {
  for (const Cause cause :
       {Cause::client_disconnect, Cause::disconnect_with_will, Cause::connection_closed, Cause::taken_over,
        Cause::kicked, Cause::not_authorized, Cause::protocol_error, Cause::broker_lost, Cause::unknown}) {
    BOOST_TEST_CONTEXT(to_string(cause)) {
      Bench bench(one_minute());
      const auto id = bench.connect("a", 30s);
      bench.at(100s);
      bench.end(id, cause);
      BOOST_TEST(bench.retained().at("next").at("at") == time_text(160s));
    }
  }
}

BOOST_AUTO_TEST_CASE(silence_is_that_of_the_connection_that_ended_last) {
  Bench bench(lifecycle({status("online"), status("offline", 2min)}));
  const auto slow = bench.connect("a", 60s);
  const auto quick = bench.connect("a", 10s);
  bench.at(100s);
  bench.end(slow, Cause::keepalive_timeout);
  bench.end(quick, Cause::keepalive_timeout);
  BOOST_TEST(bench.retained().at("next").at("at") == time_text(100s + 105s));
}

BOOST_AUTO_TEST_CASE(last_seen_never_goes_back_behind_what_was_heard_during_the_silence) {
  Bench bench(one_minute());
  const auto id = bench.connect("a", 60s);
  bench.at(50s);
  bench.report();
  bench.at(90s);
  bench.end(id, Cause::keepalive_timeout);
  BOOST_TEST(bench.retained().at("last_seen") == time_text(50s));
}

BOOST_AUTO_TEST_CASE(without_a_keepalive_a_timeout_has_no_silence) {
  Bench bench(one_minute());
  const auto id = bench.connect("a", 0s);
  bench.at(10s);
  bench.end(id, Cause::keepalive_timeout);
  BOOST_TEST(bench.retained().at("next").at("at") == time_text(70s));
}

BOOST_AUTO_TEST_CASE(as_much_silence_as_wait_leads_on_when_the_loss_is_noticed) {
  Bench bench(lifecycle({status("online"), status("offline", 67s)}));
  const auto id = bench.connect("a", 45s);
  bench.at(68s);
  bench.rows();
  bench.end(id, Cause::keepalive_timeout);
  BOOST_TEST(bench.rows() == Rows{"68 a online>offline keepalive_timeout"});
  BOOST_TEST(bench.retained().at("last_seen") == time_text(1s));
}

BOOST_AUTO_TEST_CASE(a_millisecond_more_of_wait_than_silence_is_waited) {
  Bench bench(lifecycle({status("online"), status("offline", 67s + 1ms)}));
  const auto id = bench.connect("a", 45s);
  bench.at(68s);
  bench.end(id, Cause::keepalive_timeout);
  BOOST_TEST(bench.status_of() == "online");
  bench.at(68s + 1ms);
  BOOST_TEST(bench.status_of() == "offline");
}

BOOST_AUTO_TEST_CASE(of_a_wait_of_nothing_silence_takes_nothing_away) {
  Bench bench(lifecycle({status("online"), status("standby", 0s), status("offline", 0s)}));
  const auto id = bench.connect("a", 60s);
  bench.at(90s);
  bench.rows();
  bench.end(id, Cause::keepalive_timeout);
  const Rows expected{"90 a online>standby keepalive_timeout", "90 a standby>offline keepalive_timeout"};
  BOOST_TEST(bench.rows() == expected);
}

BOOST_AUTO_TEST_CASE(the_longest_keepalive_takes_its_silence_off_ten_years) {
  Bench bench(lifecycle({status("online"), status("offline", kTenYears)}));
  const auto id = bench.connect("a", 65535s);
  bench.at(98302s);
  bench.end(id, Cause::keepalive_timeout);
  BOOST_TEST(bench.retained().at("next").at("at") == time_text(kTenYears));
  BOOST_TEST(bench.retained().at("last_seen") == time_text(0s));
}

BOOST_AUTO_TEST_CASE(silence_is_never_longer_than_the_time_since_the_connect) {
  Bench bench(one_minute());
  bench.at(10s);
  const auto id = bench.connect("a", 60s);
  bench.at(12s);
  bench.rows();
  bench.end(id, Cause::keepalive_timeout);  // a broker that throws out whom it shouldn't
  BOOST_TEST(bench.retained().at("last_seen") == time_text(10s));
  BOOST_TEST(bench.retained().at("next").at("at") == time_text(12s + 58s));
  BOOST_TEST(bench.rows() == Rows{});
}

BOOST_AUTO_TEST_CASE(nor_than_that_since_the_latest_message_of_that_connection) {
  for (const bool is_declaration : {false, true}) {
    Bench bench(one_minute());
    const auto id = bench.connect("a", 60s);
    bench.at(70s);
    if (is_declaration) {
      bench.declare(id, R"({"status":"offline"})");
      bench.declare(id, "");
    } else {
      bench.active(id);
    }
    bench.at(100s);
    bench.end(id, Cause::keepalive_timeout);
    BOOST_TEST(bench.retained().at("next").at("at") == time_text(100s + 30s));
  }
}

BOOST_AUTO_TEST_CASE(what_others_say_about_the_device_is_no_packet_of_its_connection) {
  Bench bench(lifecycle({status("online"), status("offline", 2min)}));
  const auto id = bench.connect("a", 60s);
  const auto other = bench.connect("a", 60s);
  bench.at(85s);
  bench.report();  // by a gateway
  bench.active(other);
  bench.end(other);
  bench.at(90s);
  bench.end(id, Cause::keepalive_timeout);
  BOOST_TEST(bench.retained().at("next").at("at") == time_text(90s + 30s));
}

BOOST_AUTO_TEST_CASE(a_loss_in_the_millisecond_of_the_connect_has_no_silence) {
  Bench bench(one_minute());
  bench.at(10s);
  bench.end(bench.connect("a", 40s), Cause::keepalive_timeout);
  BOOST_TEST(bench.retained().at("last_seen") == time_text(10s));
  BOOST_TEST(bench.retained().at("next").at("at") == time_text(70s));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall::test
