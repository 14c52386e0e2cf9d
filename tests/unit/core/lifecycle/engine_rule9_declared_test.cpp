// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>

#include "tests/unit/core/lifecycle/engine_fixture.hpp"

namespace rollcall::test {
namespace {

/// Online → 1 min → Offline → 10 min → Standby → 1 h → Inactive.
TemplateDefinition four() {
  return lifecycle(
      {status("online"), status("offline", 1min), status("standby", 10min), status("inactive", 1h)});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(engine_rule9_declared)

BOOST_AUTO_TEST_CASE(at_the_next_disconnect_the_device_enters_what_it_declared) {
  Bench bench(four());
  const auto id = bench.connect();
  bench.declare(id, R"({"status":"standby","for":"24h"})");
  bench.rows();
  bench.at(10s);
  BOOST_TEST(bench.status_of() == "online");
  bench.end(id);
  BOOST_TEST(bench.rows() == Rows{"10 a online>standby declared"});
  BOOST_TEST(bench.retained().at("cause") == "client_disconnect");
  BOOST_TEST(bench.retained().at("next") == Json({{"status", "inactive"}, {"at", time_text(24h + 10s)}}));
  bench.at(25h);
  BOOST_TEST(bench.rows() == Rows{"86410 a standby>inactive client_disconnect"});
}

BOOST_AUTO_TEST_CASE(without_for_the_status_after_it_has_its_own_wait) {
  Bench bench(four());
  const auto id = bench.connect();
  bench.declare(id, R"({"status":"standby"})");
  bench.end(id);
  BOOST_TEST(bench.retained().at("next") == Json({{"status", "inactive"}, {"at", time_text(1h)}}));
}

BOOST_AUTO_TEST_CASE(whatever_the_cause_silence_included_it_is_entered_when_that_is_noticed) {
  Bench bench(four());
  const auto id = bench.connect("a", 45s);
  bench.declare(id, R"({"status":"standby","for":"1m"})");
  bench.rows();
  bench.at(68s);
  bench.end(id, Cause::keepalive_timeout);
  BOOST_TEST(bench.rows() == Rows{"68 a online>standby declared"});
  bench.at(128s);
  BOOST_TEST(bench.rows() == Rows{"128 a standby>inactive keepalive_timeout"});
}

BOOST_AUTO_TEST_CASE(a_later_declaration_replaces_it_and_an_empty_one_withdraws_it) {
  Bench bench(four());
  const auto a = bench.connect("a");
  bench.declare(a, R"({"status":"standby"})");
  bench.declare(a, R"({"status":"inactive"})");
  const auto b = bench.connect("b");
  bench.declare(b, R"({"status":"standby"})");
  bench.declare(b, "");
  bench.end(a);
  bench.end(b);
  BOOST_TEST(bench.status_of("a") == "inactive");
  BOOST_TEST(bench.status_of("b") == "online");
}

BOOST_AUTO_TEST_CASE(the_next_connect_uses_it_up) {
  Bench bench(four());
  const auto first = bench.connect();
  bench.declare(first, R"({"status":"standby"})");
  const auto second = bench.connect();
  bench.end(first, Cause::taken_over);
  bench.end(second);
  BOOST_TEST(bench.status_of() == "online");
}

BOOST_AUTO_TEST_CASE(so_does_a_report_without_a_connection_and_none_with_one) {
  Bench bench(four());
  const auto id = bench.connect();
  bench.declare(id, R"({"status":"standby"})");
  bench.at(1s);
  bench.active(id);
  bench.report();
  bench.end(id);
  BOOST_TEST(bench.status_of() == "standby");
  bench.at(2s);
  bench.report();
  BOOST_TEST(bench.status_of() == "online");
  BOOST_TEST(bench.retained().at("next") == Json({{"status", "offline"}, {"at", time_text(62s)}}));
}

BOOST_AUTO_TEST_CASE(declared_online_it_stays_that_for_as_long_as_it_said) {
  Bench bench(four());
  const auto id = bench.connect();
  bench.declare(id, R"({"status":"online","for":"30m"})");
  bench.rows();
  bench.end(id);
  BOOST_TEST(bench.rows().empty());
  BOOST_TEST(bench.retained().at("next") == Json({{"status", "offline"}, {"at", time_text(30min)}}));
  bench.at(30min);
  BOOST_TEST(bench.rows() == Rows{"1800 a online>offline client_disconnect"});
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_told_and_leaves_the_one_before_in_place) {
  Bench bench(four());
  const auto id = bench.connect();
  bench.declare(id, R"({"status":"standby"})");
  const auto refused = [&](const std::string& payload, const std::string& why) {
    BOOST_TEST_CONTEXT(payload) {
      bench.declare(id, payload);
      BOOST_TEST_REQUIRE(bench.last.size() == 1U);
      const auto& message = std::get<DeclarationRefused>(bench.last[0]).error.message;
      BOOST_TEST(message.find(why) != std::string::npos, message);
    }
  };
  refused("asleep", "must be a JSON object such as");
  refused("[]", "must be a JSON object such as");
  refused("{}", R"("status" is missing)");
  refused(R"({"status":7})", R"("status" must be a text)");
  refused(R"({"status":"asleep"})",
          R"(has no status "asleep"; it must be one of "online", "offline", "standby", "inactive")");
  refused(R"({"status":"standby","for":"soon"})", R"("for": )");
  refused(R"({"status":"standby","until":"1h"})", R"(the key "until" is unknown)");
  refused(R"({"status":"standby","status":"offline"})", R"(the key "status" comes twice)");
  refused("\xFF", "must be a JSON object");
  refused(std::string(1025, 'x'), "longer than 1024 bytes");
  bench.end(id);
  BOOST_TEST(bench.status_of() == "standby");
}

BOOST_AUTO_TEST_CASE(a_declaration_of_a_connection_that_is_over_changes_nothing) {
  Bench bench(four());
  const auto id = bench.connect();
  bench.end(id);
  bench.declare(id, R"({"status":"standby"})");
  BOOST_TEST(bench.last.empty());
  bench.end(bench.connect());
  BOOST_TEST(bench.status_of() == "online");
}

BOOST_AUTO_TEST_CASE(after_an_outage_it_is_entered_when_the_grace_is_over) {
  Bench bench(four());
  const auto id = bench.connect();
  bench.declare(id, R"({"status":"standby","for":"1h"})");
  bench.rows();
  bench.handle(BrokerAway{1});
  bench.at(10min);
  bench.handle(BrokerReturned{1, 8, kStart + 1min, kStart + 10min});
  bench.at(12min);
  BOOST_TEST(bench.rows() == Rows{"720 a online>standby declared"});
  BOOST_TEST(bench.retained().at("next") == Json({{"status", "inactive"}, {"at", time_text(72min)}}));
}

BOOST_AUTO_TEST_CASE(it_is_stored_until_it_is_used_up) {
  Bench bench(four());
  const auto id = bench.connect();
  bench.declare(id, R"({"status":"standby","for":"1h"})");
  Engine next({{four()}, {"zero", "one"}, 2min, bench.engine.last_seq()});
  bench.engine.for_each_record([&](const DeviceRecord& record) {
    BOOST_TEST(record.declaration.has_value());
    BOOST_TEST(next.restore(record));
  });
  bench.engine = std::move(next);
  bench.at(1s);
  bench.end(id);
  BOOST_TEST(bench.status_of() == "standby");
  BOOST_TEST(bench.retained().at("next") == Json({{"status", "inactive"}, {"at", time_text(1h + 1s)}}));
}

BOOST_AUTO_TEST_CASE(declared_for_nothing_it_passes_through_at_once) {
  Bench bench(four());
  const auto id = bench.connect();
  bench.declare(id, R"({"status":"standby","for":"0s"})");
  bench.rows();
  bench.end(id);
  const Rows expected{"0 a online>standby declared", "0 a standby>inactive client_disconnect"};
  BOOST_TEST(bench.rows() == expected);
}

BOOST_AUTO_TEST_CASE(ten_years_can_be_declared_and_no_more) {
  Bench bench(four());
  const auto id = bench.connect();
  bench.declare(id, R"({"status":"standby","for":"3650d"})");
  bench.declare(id, R"({"status":"standby","for":"4000d"})");
  BOOST_TEST(std::holds_alternative<DeclarationRefused>(bench.last.at(0)));
  bench.end(id);
  bench.at(24h * 3650 - 1ms);
  BOOST_TEST(bench.status_of() == "standby");
  bench.at(24h * 3650);
  BOOST_TEST(bench.status_of() == "inactive");
}

BOOST_AUTO_TEST_CASE(declared_and_gone_and_back_in_one_millisecond_it_is_used_up) {
  Bench bench(four());
  const auto id = bench.connect();
  bench.rows();
  bench.declare(id, R"({"status":"standby"})");
  bench.end(id);
  bench.end(bench.connect());
  BOOST_TEST(bench.rows() == (Rows{"0 a online>standby declared", "0 a standby>online connect"}));
  BOOST_TEST(bench.retained().at("next") == Json({{"status", "offline"}, {"at", time_text(1min)}}));
}

BOOST_AUTO_TEST_CASE(any_of_a_hundred_statuses_can_be_declared) {
  Bench bench(a_hundred_statuses(1min));
  const auto id = bench.connect();
  bench.declare(id, R"({"status":"s98","for":"1s"})");
  bench.rows();
  bench.end(id);
  bench.at(1s);
  BOOST_TEST(bench.rows() == (Rows{"0 a online>s98 declared", "1 a s98>offline client_disconnect"}));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(engine_rule9_operator)

BOOST_AUTO_TEST_CASE(a_status_that_is_set_stays_until_the_next_contact) {
  Bench bench(four());
  bench.end(bench.connect());
  bench.rows();
  bench.at(10s);
  bench.operate(SetStatus{"a", "standby", {}, false});
  BOOST_TEST(bench.rows() == Rows{"10 a online>standby set"});
  BOOST_TEST(bench.retained().at("since") == time_text(10s));
  BOOST_TEST(bench.retained().at("previous") == "online");
  BOOST_TEST(bench.retained().at("next").is_null());
  bench.at(100h);
  BOOST_TEST(bench.rows().empty());
  bench.connect();
  BOOST_TEST(bench.rows() == Rows{"360000 a standby>online connect"});
}

BOOST_AUTO_TEST_CASE(a_report_is_such_a_contact_only_without_a_connection) {
  Bench bench(four());
  const auto id = bench.connect();
  bench.operate(SetStatus{"a", "standby", {}, false});
  bench.at(1s);
  bench.active(id);
  bench.report();
  BOOST_TEST(bench.status_of() == "standby");
  bench.end(id);
  BOOST_TEST(bench.status_of() == "standby");
  BOOST_TEST(bench.retained().at("next").is_null());
  bench.at(2s);
  bench.report();
  BOOST_TEST(bench.status_of() == "online");
}

BOOST_AUTO_TEST_CASE(held_it_stays_until_it_is_released_and_then_the_device_is_where_it_would_be) {
  Bench bench(four());
  const auto first = bench.connect();
  bench.operate(SetStatus{"a", "inactive", {}, true});
  bench.rows();
  bench.end(first);
  bench.at(10s);
  const auto second = bench.connect();
  BOOST_TEST(bench.status_of() == "inactive");
  BOOST_TEST(bench.retained().at("connected") == true);
  bench.at(20s);
  bench.end(second);
  bench.at(30min);
  BOOST_TEST(bench.rows().empty());
  bench.operate(ReleaseStatus{"a"});  // offline since 80 s, standby since 680 s
  BOOST_TEST(bench.rows() == Rows{"1800 a inactive>standby released"});
  BOOST_TEST(bench.retained().at("since") == time_text(30min));
  BOOST_TEST(bench.retained().at("next") == Json({{"status", "inactive"}, {"at", time_text(4280s)}}));
}

BOOST_AUTO_TEST_CASE(with_for_the_chain_goes_on_from_it_after_that_time) {
  Bench bench(four());
  bench.end(bench.connect());
  bench.rows();
  bench.operate(SetStatus{"a", "offline", 1h, true});
  BOOST_TEST(bench.retained().at("next") == Json({{"status", "standby"}, {"at", time_text(1h)}}));
  bench.at(3h);
  const Rows expected{"0 a online>offline set", "3600 a offline>standby set", "7200 a standby>inactive set"};
  BOOST_TEST(bench.rows() == expected);
}

BOOST_AUTO_TEST_CASE(connected_it_moves_on_at_its_disconnect_at_the_earliest) {
  Bench bench(four());
  const auto id = bench.connect();
  bench.operate(SetStatus{"a", "offline", 1min, true});
  bench.rows();
  bench.at(10min);
  BOOST_TEST(bench.rows().empty());
  bench.end(id);
  BOOST_TEST(bench.rows() == Rows{"600 a offline>standby set"});
}

BOOST_AUTO_TEST_CASE(an_outage_does_not_stop_an_operators_time) {
  Bench bench(four());
  bench.end(bench.connect());
  bench.engine.set_watermark(1, kStart);
  bench.operate(SetStatus{"a", "offline", 1min, false});
  bench.rows();
  bench.handle(BrokerAway{1});
  bench.at(11min);
  const Rows expected{"60 a offline>standby set"};
  BOOST_TEST(bench.rows() == expected);
}

BOOST_AUTO_TEST_CASE(set_to_what_it_is_it_leaves_no_row) {
  Bench bench(four());
  bench.end(bench.connect());
  bench.rows();
  bench.at(5s);
  bench.operate(SetStatus{"a", "online", {}, false});
  BOOST_TEST(bench.rows().empty());
  BOOST_TEST(bench.retained().at("since") == time_text(0s));
  BOOST_TEST(bench.retained().at("next").is_null());
  bench.operate(ReleaseStatus{"a"});
  BOOST_TEST(bench.rows().empty());
  BOOST_TEST(bench.retained().at("next") == Json({{"status", "offline"}, {"at", time_text(1min)}}));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_is_refused_and_changes_nothing) {
  Bench bench(four());
  bench.end(bench.connect());
  bench.publishes();
  BOOST_TEST(bench.refusal(SetStatus{"b", "offline", {}, false}) == R"(no device is known as "b")");
  BOOST_TEST(
      bench.refusal(SetStatus{"a", "asleep", {}, false}) ==
      R"(the template "default" has no status "asleep"; it must be one of "online", "offline", "standby", "inactive")");
  BOOST_TEST(bench.refusal(ReleaseStatus{"a"}) ==
             R"(there is nothing to release: no operator has set the status of "a")");
  bench.connect();
  BOOST_TEST(bench.refusal(ForgetDevice{"a"}) ==
             R"("a" is connected: only a device that is away can be forgotten)");
}

BOOST_AUTO_TEST_CASE(set_for_nothing_the_chain_goes_on_at_once) {
  Bench bench(four());
  bench.end(bench.connect());
  bench.rows();
  bench.operate(SetStatus{"a", "offline", 0s, false});
  BOOST_TEST(bench.rows() == (Rows{"0 a online>offline set", "0 a offline>standby set"}));
  BOOST_TEST(bench.retained().at("next") == Json({{"status", "inactive"}, {"at", time_text(1h)}}));
}

BOOST_AUTO_TEST_CASE(set_and_released_in_one_millisecond_it_is_as_it_was) {
  Bench bench(four());
  bench.end(bench.connect());
  bench.rows();
  bench.operate(SetStatus{"a", "standby", kTenYears, true});
  bench.operate(ReleaseStatus{"a"});
  BOOST_TEST(bench.rows() == (Rows{"0 a online>standby set", "0 a standby>online released"}));
  BOOST_TEST(bench.retained().at("next") == Json({{"status", "offline"}, {"at", time_text(1min)}}));
}

BOOST_AUTO_TEST_CASE(set_for_ten_years_it_stays_that_long_to_the_millisecond) {
  Bench bench(four());
  bench.end(bench.connect());
  bench.operate(SetStatus{"a", "offline", kTenYears, false});
  bench.at(kTenYears - 1ms);
  BOOST_TEST(bench.status_of() == "offline");
  bench.at(kTenYears);
  BOOST_TEST(bench.status_of() == "standby");
}

BOOST_AUTO_TEST_CASE(set_by_a_clock_that_goes_back_it_is_set_now) {
  Bench bench(four());
  bench.end(bench.connect());
  bench.at(30s);
  bench.at(10s);
  bench.operate(SetStatus{"a", "standby", 1min, false});
  BOOST_TEST(bench.retained().at("since") == time_text(30s));
  BOOST_TEST(bench.retained().at("next").at("at") == time_text(90s));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall::test
