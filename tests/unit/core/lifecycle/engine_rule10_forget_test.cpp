// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>

#include "tests/unit/core/lifecycle/engine_fixture.hpp"

namespace rollcall::test {
namespace {

/// Online → 1 min → Offline → 1 h → Inactive → 1 d → forgotten.
TemplateDefinition forgetful() {
  auto definition = one_minute();
  definition.statuses.back().forget_after = 24h;
  return definition;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(engine_rule10_forget)

BOOST_AUTO_TEST_CASE(after_its_time_in_the_last_status_a_device_is_forgotten) {
  Bench bench(forgetful());
  bench.end(bench.connect());
  bench.at(1h + 1min);
  BOOST_TEST(bench.status_of() == "inactive");
  BOOST_TEST(bench.retained().at("next").is_null());
  bench.at(25h + 1min - 1ms);
  BOOST_TEST(bench.is_known());
  bench.at(25h + 1min);
  BOOST_TEST(!bench.is_known());
  BOOST_TEST(!bench.engine.knows("a"));
  BOOST_TEST(bench.engine.device_count() == 0U);
  BOOST_TEST(bench.engine.fleet().devices == 0U);
  BOOST_TEST(!bench.engine.next_deadline().has_value());
  bench.engine.for_each_record([](const DeviceRecord&) { BOOST_ERROR("a record of a forgotten device"); });
}

BOOST_AUTO_TEST_CASE(a_contact_in_time_keeps_it) {
  Bench bench(forgetful());
  bench.end(bench.connect());
  bench.at(25h);
  bench.connect();
  bench.at(100h);
  BOOST_TEST(bench.is_known());
}

BOOST_AUTO_TEST_CASE(back_again_it_is_a_new_device_whose_numbers_go_on) {
  Bench bench(forgetful());
  bench.end(bench.connect());
  bench.at(2h);
  const auto before = bench.retained().at("seq").get<std::uint64_t>();
  bench.at(30h);
  bench.rows();
  bench.connect();
  BOOST_TEST(bench.rows() == Rows{"108000 a >online connect"});
  BOOST_TEST(bench.retained().at("previous").is_null());
  BOOST_TEST(bench.retained().at("seq").get<std::uint64_t>() > before);
}

BOOST_AUTO_TEST_CASE(its_place_is_taken_by_the_next_and_nobody_is_mixed_up) {
  Bench bench(forgetful());
  bench.end(bench.connect("a"));
  bench.connect("b");
  bench.at(30h);
  bench.connect("c");
  bench.engine.take_changes();
  bench.end(bench.connect("d"));
  bench.at(40h);
  BOOST_TEST(bench.status_of("b") == "online");
  BOOST_TEST(bench.status_of("c") == "online");
  BOOST_TEST(bench.status_of("d") == "inactive");
  std::vector<std::string> stored;
  for (const auto& record : bench.engine.take_changes()) stored.push_back(record.device);
  BOOST_TEST(stored == std::vector<std::string>{"d"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(forgotten_before_it_was_stored_nothing_of_it_is) {
  Bench bench(forgetful());
  bench.end(bench.connect());
  bench.at(30h);
  BOOST_TEST(bench.engine.take_changes().empty());
}

BOOST_AUTO_TEST_CASE(a_connect_told_late_finds_it_forgotten_or_not_by_when_it_happened) {
  Bench bench(forgetful());
  bench.end(bench.connect());
  bench.rows();
  bench.engine.set_watermark(1, kStart + 1min);
  bench.at(40h);  // held back all the while
  bench.late(10h).connect();
  const Rows expected{"60 a online>offline client_disconnect", "3660 a offline>inactive client_disconnect",
                      "108000 a >online connect"};
  BOOST_TEST(bench.rows() == expected);
}

BOOST_AUTO_TEST_CASE(an_operator_forgets_a_device_that_is_away) {
  Bench bench(one_minute());
  bench.end(bench.connect());
  bench.operate(ForgetDevice{"a"});
  BOOST_TEST(!bench.is_known());
  bench.at(10h);
  BOOST_TEST(!bench.is_known());
}

BOOST_AUTO_TEST_CASE(an_operators_status_keeps_it_and_on_release_it_goes) {
  Bench bench(forgetful());
  bench.end(bench.connect());
  bench.operate(SetStatus{"a", "offline", {}, true});
  bench.at(100h);
  BOOST_TEST(bench.is_known());
  bench.operate(ReleaseStatus{"a"});
  BOOST_TEST(!bench.is_known());
}

BOOST_AUTO_TEST_CASE(after_no_time_at_all_it_is_forgotten_when_it_enters_the_last_status) {
  auto definition = one_minute();
  definition.statuses.back().forget_after = 0s;
  Bench bench(definition);
  bench.end(bench.connect());
  bench.rows();
  bench.at(1h + 1min);
  BOOST_TEST(bench.rows().size() == 2U);
  BOOST_TEST(!bench.is_known());
  BOOST_TEST(bench.engine.device_count() == 0U);
}

BOOST_AUTO_TEST_CASE(at_the_instant_when_it_is_forgotten_a_connect_is_a_new_devices) {
  Bench bench(forgetful());
  bench.end(bench.connect());
  bench.at(25h + 1min - 1ms);
  bench.rows();
  bench.at(25h + 1min);
  bench.connect();
  BOOST_TEST(bench.rows() == Rows{"90060 a >online connect"});
}

BOOST_AUTO_TEST_CASE(it_is_kept_for_ten_years) {
  auto definition = lifecycle({status("online"), status("offline", 0s)});
  definition.statuses.back().forget_after = kTenYears;
  Bench bench(definition);
  bench.end(bench.connect());
  bench.at(kTenYears - 1ms);
  BOOST_TEST(bench.is_known());
  bench.at(kTenYears);
  BOOST_TEST(!bench.is_known());
}

BOOST_AUTO_TEST_CASE(a_clock_that_goes_back_does_not_bring_it_back) {
  Bench bench(forgetful());
  bench.end(bench.connect());
  bench.at(30h);
  bench.rows();
  bench.at(0s);
  bench.at(30h);
  BOOST_TEST(!bench.engine.knows("a"));
  BOOST_TEST(bench.rows().empty());
}

BOOST_AUTO_TEST_CASE(at_the_end_of_a_hundred_statuses_all_in_one_millisecond_it_is_forgotten) {
  auto definition = a_hundred_statuses(0s);
  definition.statuses.back().forget_after = 0s;
  Bench bench(definition);
  const auto id = bench.connect();
  bench.rows();
  bench.end(id);
  BOOST_TEST(bench.rows().size() == 99U);
  BOOST_TEST(!bench.is_known());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall::test
