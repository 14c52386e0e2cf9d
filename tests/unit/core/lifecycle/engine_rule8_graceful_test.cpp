// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>

#include "tests/unit/core/lifecycle/engine_fixture.hpp"

namespace rollcall::test {

BOOST_AUTO_TEST_SUITE(engine_rule8_graceful)

namespace {

TemplateDefinition branching() {
  auto definition =
      lifecycle({status("online"), status("standby", 5min), status("offline", 1h), status("inactive", 24h)});
  definition.on_graceful = Branch{1, 10s};
  definition.on_non_graceful = Branch{2, 20s};
  return definition;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_graceful_end_takes_the_graceful_branch) {
  Bench bench(branching());
  bench.end(bench.connect(), Cause::client_disconnect);
  BOOST_TEST(bench.retained().at("next") == Json({{"status", "standby"}, {"at", time_text(10s)}}));
}

BOOST_AUTO_TEST_CASE(any_other_takes_the_other_branch_and_the_chain_goes_on_from_its_status) {
  Bench bench(branching());
  bench.end(bench.connect(), Cause::protocol_error);
  bench.rows();
  bench.at(48h);
  const Rows expected{"20 a online>offline protocol_error", "86420 a offline>inactive protocol_error"};
  BOOST_TEST(bench.rows() == expected);
}

BOOST_AUTO_TEST_CASE(silence_reduces_the_wait_of_the_branch) {
  Bench bench(branching());
  const auto id = bench.connect("a", 10s);
  bench.at(15s);
  bench.end(id, Cause::keepalive_timeout);
  BOOST_TEST(bench.retained().at("next").at("at") == time_text(20s));
}

BOOST_AUTO_TEST_CASE(graceful_goes_by_the_table_of_causes_and_the_will) {
  struct Line {
    Cause cause;
    bool without_will, with_will;
  };
  for (const Line line :
       {Line{Cause::client_disconnect, true, true}, Line{Cause::disconnect_with_will, true, true},
        Line{Cause::connection_closed, true, false}, Line{Cause::keepalive_timeout, false, false},
        Line{Cause::kicked, false, false}, Line{Cause::not_authorized, false, false},
        Line{Cause::protocol_error, false, false}, Line{Cause::broker_lost, false, false},
        Line{Cause::unknown, true, false}}) {
    for (const bool will_sent : {false, true}) {
      BOOST_TEST_CONTEXT(to_string(line.cause) << (will_sent ? " with a will" : "")) {
        Bench bench(one_minute());
        bench.end(bench.connect("a", 1s), line.cause, will_sent);
        BOOST_TEST(bench.retained().at("graceful") == (will_sent ? line.with_will : line.without_will));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_template_may_say_itself_which_causes_are_graceful) {
  auto definition = branching();
  definition.graceful_causes = std::vector{Cause::keepalive_timeout};
  Bench bench(definition);
  bench.end(bench.connect("a", 0s), Cause::keepalive_timeout);
  BOOST_TEST(bench.retained().at("graceful") == true);
  BOOST_TEST(bench.retained().at("next").at("status") == "standby");
  bench.end(bench.connect("b"), Cause::client_disconnect);
  BOOST_TEST(bench.retained("b").at("graceful") == false);
  BOOST_TEST(bench.retained("b").at("next").at("status") == "offline");
}

BOOST_AUTO_TEST_CASE(a_branch_may_lead_to_the_last_of_a_hundred_statuses_without_a_wait) {
  auto definition = a_hundred_statuses(1min);
  definition.on_non_graceful = Branch{99, 0s};
  Bench bench(definition);
  const auto id = bench.connect();
  bench.rows();
  bench.end(id, Cause::kicked);
  BOOST_TEST(bench.rows() == Rows{"0 a online>offline kicked"});
  BOOST_TEST(bench.retained().at("next").is_null());
}

BOOST_AUTO_TEST_CASE(as_much_silence_as_the_wait_of_the_branch_leads_on_at_once_and_a_millisecond_less_not) {
  auto definition = branching();
  definition.on_non_graceful = Branch{2, 15s};
  Bench bench(definition);
  const auto equal = bench.connect("a", 10s);
  bench.at(15s);
  bench.end(equal, Cause::keepalive_timeout);
  BOOST_TEST(bench.status_of() == "offline");
  definition.on_non_graceful.after = 15s + 1ms;
  Bench longer(definition);
  const auto less = longer.connect("a", 10s);
  longer.at(15s);
  longer.end(less, Cause::keepalive_timeout);
  BOOST_TEST(longer.retained().at("next").at("at") == time_text(15s + 1ms));
}

BOOST_AUTO_TEST_CASE(of_ends_in_the_same_millisecond_the_last_one_says_which_branch) {
  Bench bench(branching());
  const auto first = bench.connect();
  const auto second = bench.connect();
  bench.end(first, Cause::kicked);
  bench.end(second, Cause::client_disconnect);
  BOOST_TEST(bench.retained().at("next") == Json({{"status", "standby"}, {"at", time_text(10s)}}));
}

BOOST_AUTO_TEST_CASE(a_branch_of_ten_years_is_waited) {
  auto definition = branching();
  definition.on_graceful.after = kTenYears;
  Bench bench(definition);
  bench.end(bench.connect());
  bench.at(kTenYears - 1ms);
  BOOST_TEST(bench.status_of() == "online");
  bench.at(kTenYears);
  BOOST_TEST(bench.status_of() == "standby");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall::test
