// SPDX-License-Identifier: Apache-2.0
// Rules 9 and 10: devices that an operator has registered before they were ever seen, and such as are muted.
#include <memory>
#include <optional>

#include <boost/test/unit_test.hpp>

#include "tests/unit/core/lifecycle/engine_fixture.hpp"
#include "topics/names.hpp"

namespace rollcall::test {
namespace {

std::optional<DeviceRecord> record_of(const Engine& engine, std::string_view device) {
  std::optional<DeviceRecord> found;
  engine.for_each_record([&](const DeviceRecord& record) {
    if (record.device == device) found = record;
  });
  return found;
}

std::optional<Time> muted_until(const Engine& engine) { return record_of(engine, "a").value().muted_until; }

/// Online → 1 min → Offline → 1 h → Inactive → 1 d → forgotten.
TemplateDefinition forgetful() {
  auto definition = one_minute();
  definition.statuses.back().forget_after = 24h;
  return definition;
}

/// Registered, and then the engine's life goes on in another one.
struct Registered : Bench {
  explicit Registered(TemplateDefinition definition = forgetful()) : Bench(std::move(definition)) {
    operate(RegisterDevice{"a", "default"});
  }
  std::unique_ptr<Bench> reborn(TemplateDefinition definition) const {
    auto next = std::make_unique<Bench>(std::move(definition));
    next->engine.raise_seq(engine.last_seq() + 1000);
    BOOST_TEST(next->engine.restore(record_of(engine, "a").value()));
    return next;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(engine_registered)

BOOST_AUTO_TEST_CASE(a_registered_device_is_offline_and_was_never_seen) {
  Bench bench(one_minute());
  bench.at(5s);
  bench.operate(RegisterDevice{"a", "default"});
  const Json status = bench.retained();
  BOOST_TEST(status.at("status") == "offline");
  BOOST_TEST(status.at("since") == time_text(5s));
  BOOST_TEST(status.at("connected") == false);
  for (const char* member : {"previous", "cause", "graceful", "last_seen", "next"})
    BOOST_TEST(status.at(member).is_null(), member);
  BOOST_TEST(bench.rows() == Rows{"5 a >offline registered"});
  BOOST_TEST(bench.engine.fleet().devices == 1U);
  BOOST_TEST(bench.engine.fleet().templates.at("default").at("offline") == 1U);
  BOOST_TEST(bench.engine.take_changes().size() == 1U);
}

BOOST_AUTO_TEST_CASE(nothing_comes_next_and_it_is_never_forgotten_by_itself) {
  Registered bench;
  BOOST_TEST(!bench.engine.next_deadline().has_value());
  bench.rows();
  bench.at(kTenYears);
  BOOST_TEST(bench.rows().empty());
  BOOST_TEST(bench.status_of() == "offline");
}

BOOST_AUTO_TEST_CASE(its_first_contact_is_that_of_any_device_that_is_offline) {
  Registered bench;
  bench.rows();
  bench.at(2h);
  const auto id = bench.connect();
  BOOST_TEST(bench.rows() == Rows{"7200 a offline>online connect"});
  BOOST_TEST(bench.retained().at("previous") == "offline");
  BOOST_TEST(bench.retained().at("last_seen") == time_text(2h));
  bench.end(id);
  bench.at(3h + 1min);
  BOOST_TEST(bench.rows() ==
             (Rows{"7260 a online>offline client_disconnect", "10860 a offline>inactive client_disconnect"}));
  bench.at(28h);
  BOOST_TEST(!bench.is_known());
}

BOOST_AUTO_TEST_CASE(its_first_contact_may_be_a_report) {
  Registered bench;
  bench.rows();
  bench.at(10s);
  bench.report();
  BOOST_TEST(bench.rows() == Rows{"10 a offline>online report"});
  BOOST_TEST(bench.retained().at("cause") == "report");
  BOOST_TEST(bench.retained().at("next").at("status") == "offline");
}

BOOST_AUTO_TEST_CASE(a_report_that_is_no_contact_only_says_when_it_was_seen) {
  auto definition = one_minute();
  definition.online_on_report = false;
  Registered bench(definition);
  bench.rows();
  bench.at(10s);
  bench.report();
  bench.engine.republish("a");
  bench.at(11s);
  BOOST_TEST(bench.rows().empty());
  BOOST_TEST(bench.retained().at("last_seen") == time_text(10s));
  BOOST_TEST(bench.retained().at("cause").is_null());
  BOOST_TEST(bench.retained().at("next").is_null());
}

BOOST_AUTO_TEST_CASE(its_first_contact_may_give_it_another_template) {
  Bench bench({one_minute(), one_minute("other")});
  bench.operate(RegisterDevice{"a", "default"});
  bench.connect("a", 60s, "other");
  BOOST_TEST(bench.retained().at("template") == "other");
  BOOST_TEST(bench.status_of() == "online");
}

BOOST_AUTO_TEST_CASE(who_is_known_already_cannot_be_registered) {
  Bench bench(one_minute());
  bench.connect();
  BOOST_TEST(bench.refusal(RegisterDevice{"a", "default"}) == "\"a\" is known already");
  bench.operate(RegisterDevice{"b", "default"});
  BOOST_TEST(bench.refusal(RegisterDevice{"b", "default"}) == "\"b\" is known already");
}

BOOST_AUTO_TEST_CASE(a_template_that_is_not_there_and_an_id_that_can_be_none_are_refused) {
  Bench bench({one_minute(), one_minute("other")});
  BOOST_TEST(bench.refusal(RegisterDevice{"a", "pump"}) ==
             R"(there is no template "pump"; it must be one of "default", "other")");
  BOOST_TEST(bench.refusal(RegisterDevice{"", "default"}).find("can't be the id of a device") !=
             std::string::npos);
  BOOST_TEST(bench.refusal(RegisterDevice{std::string(kMaxDeviceIdBytes + 1, 'x'), "default"})
                 .find("can't be the id of a device") != std::string::npos);
  BOOST_TEST(bench.engine.device_count() == 0U);
  BOOST_TEST(!bench.engine.has_changes());
}

BOOST_AUTO_TEST_CASE(an_operator_may_set_release_and_forget_it) {
  Registered bench;
  bench.rows();
  bench.operate(SetStatus{"a", "inactive", {}, true});
  BOOST_TEST(bench.retained().at("cause").is_null());
  bench.at(1h);
  bench.operate(ReleaseStatus{"a"});
  BOOST_TEST(bench.rows() == (Rows{"0 a offline>inactive set", "3600 a inactive>offline released"}));
  BOOST_TEST(!bench.engine.next_deadline().has_value());
  bench.operate(ForgetDevice{"a"});
  BOOST_TEST(!bench.is_known());
}

BOOST_AUTO_TEST_CASE(from_a_status_that_was_set_for_a_time_the_chain_goes_on) {
  Registered bench;
  bench.rows();
  bench.operate(SetStatus{"a", "online", 10min, false});
  BOOST_TEST(bench.retained().at("next").at("at") == time_text(10min));
  bench.at(10min);
  BOOST_TEST(bench.rows() == (Rows{"0 a offline>online set", "600 a online>offline set"}));
  bench.connect();
  BOOST_TEST(bench.rows() == Rows{"600 a offline>online connect"});
}

BOOST_AUTO_TEST_CASE(it_comes_back_as_it_was_and_says_nothing) {
  Registered bench;
  const auto next = bench.reborn(forgetful());
  BOOST_TEST(next->publishes() == 0);
  BOOST_TEST(!next->engine.has_changes());
  BOOST_TEST(!next->engine.next_deadline().has_value());
  BOOST_TEST((record_of(next->engine, "a") == record_of(bench.engine, "a")));
  BOOST_TEST((next->engine.status_of("a") == bench.engine.status_of("a")));
  BOOST_TEST(record_of(next->engine, "a").value().is_only_registered());
}

BOOST_AUTO_TEST_CASE(by_a_template_without_the_status_that_it_has_it_is_offline_and_nothing_comes_next) {
  Registered bench(lifecycle({status("online"), status("offline", 1min), status("lent", 1h)}));
  bench.operate(SetStatus{"a", "offline", 1s, false});
  bench.at(2s);
  BOOST_TEST(bench.status_of() == "lent");
  const auto next = bench.reborn(one_minute());
  next->at(kTenYears);
  BOOST_TEST(next->rows().empty());
  BOOST_TEST((next->engine.status_of("a").value().status == "offline"));
}

BOOST_AUTO_TEST_CASE(a_step_of_the_clock_moves_it_and_makes_it_no_more_seen_than_before) {
  Registered bench;
  bench.step_clock(1h);
  BOOST_TEST(bench.retained().at("since") == time_text(1h));
  BOOST_TEST(bench.retained().at("last_seen").is_null());
  BOOST_TEST(bench.retained().at("cause").is_null());
}

BOOST_AUTO_TEST_CASE(a_muted_device_is_stored_so_and_nothing_is_published) {
  Registered bench;
  bench.publishes();
  bench.engine.take_changes();
  bench.operate(MuteDevice{"a", kStart + 2h});
  BOOST_TEST(bench.publishes() == 0);
  BOOST_TEST((bench.engine.take_changes().at(0).muted_until == kStart + 2h));
  BOOST_TEST(!bench.engine.next_deadline().has_value());
  bench.operate(MuteDevice{"a", {}});
  BOOST_TEST((muted_until(bench.engine) == Time::max()));
  BOOST_TEST((muted_until(bench.reborn(forgetful())->engine) == Time::max()));
  bench.engine.take_changes();
  bench.operate(UnmuteDevice{"a"});
  BOOST_TEST((bench.engine.take_changes().at(0).muted_until == std::nullopt));
  bench.operate(UnmuteDevice{"a"});
  BOOST_TEST(!bench.engine.has_changes());
}

BOOST_AUTO_TEST_CASE(contacts_leave_it_muted_and_forgetting_does_not) {
  Registered bench;
  bench.operate(MuteDevice{"a", {}});
  bench.end(bench.connect());
  BOOST_TEST((muted_until(bench.engine) == Time::max()));
  bench.operate(ForgetDevice{"a"});
  bench.operate(RegisterDevice{"a", "default"});
  BOOST_TEST(!muted_until(bench.engine).has_value());
}

BOOST_AUTO_TEST_CASE(a_step_of_the_clock_moves_the_end_of_being_muted_if_there_is_one) {
  Registered bench;
  bench.operate(MuteDevice{"a", kStart + 2h});
  bench.step_clock(1h);
  BOOST_TEST((muted_until(bench.engine) == kStart + 3h));
  bench.operate(MuteDevice{"a", {}});
  bench.step_clock(1h);
  BOOST_TEST((muted_until(bench.engine) == Time::max()));
}

BOOST_AUTO_TEST_CASE(who_is_not_known_cannot_be_muted) {
  Bench bench(one_minute());
  BOOST_TEST(bench.refusal(MuteDevice{"a", {}}) == "no device is known as \"a\"");
  BOOST_TEST(bench.refusal(UnmuteDevice{"a"}) == "no device is known as \"a\"");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall::test
