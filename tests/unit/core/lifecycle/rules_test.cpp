// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/lifecycle/rules.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/core/lifecycle/templates.hpp"

using namespace rollcall;
using namespace rollcall::test;
using namespace std::chrono_literals;

namespace {

const Time kLeft = Time{1000h};

/// "offline" 30 min after a failure, "standby" 1 h after a graceful end.
struct Rules {
  TemplateDefinition definition =
      lifecycle({status("online"), status("standby", 1h), status("offline", 10min), status("inactive", 24h)});
  DeviceRecord record;

  Rules() {
    definition.on_graceful = Branch{1, 1h};
    definition.on_non_graceful = Branch{2, 30min};
    record.status = "online";
    record.last_end.cause = Cause::connection_closed;
    record.last_end.at = kLeft;
  }
  std::optional<Wait> first(bool graceful, Millis silence = 0ms,
                            std::optional<DeclaredStatus> declared = std::nullopt) const {
    return first_wait(definition, kOnline, {graceful, kLeft, silence}, declared, Time::min());
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(lifecycle_rules, Rules)

BOOST_AUTO_TEST_CASE(rule_8_a_list_decides_and_a_takeover_is_never_graceful) {
  BOOST_TEST(is_graceful(definition, Cause::connection_closed, false));
  BOOST_TEST(!is_graceful(definition, Cause::connection_closed, true));
  definition.graceful_causes = {Cause::keepalive_timeout, Cause::taken_over};
  BOOST_TEST(!is_graceful(definition, Cause::connection_closed, false));
  BOOST_TEST(is_graceful(definition, Cause::keepalive_timeout, true));
  BOOST_TEST(!is_graceful(definition, Cause::taken_over, false));
}

BOOST_AUTO_TEST_CASE(rule_8_an_end_is_judged_again_by_another_template) {
  record.last_end.graceful = true;
  BOOST_TEST(is_graceful(definition, record.last_end));
  definition.graceful_causes = {Cause::client_disconnect};
  BOOST_TEST(!is_graceful(definition, record.last_end));
  record.last_end.cause = Cause::keepalive_timeout;  // graceful by a list that is gone
  definition.graceful_causes.reset();
  BOOST_TEST(!is_graceful(definition, record.last_end));
  record.last_end.cause.reset();  // it was a report
  BOOST_TEST(is_graceful(definition, record.last_end));
}

BOOST_AUTO_TEST_CASE(rules_2_and_3_the_first_wait_has_its_branch_less_the_silence) {
  BOOST_TEST((first(true) == Wait{WaitKind::first, 1, kLeft + 1h, kLeft}));
  BOOST_TEST((first(false, 20min) == Wait{WaitKind::first, 2, kLeft + 10min, kLeft}));
  BOOST_TEST((first(false, 40min)->due == kLeft));
}

BOOST_AUTO_TEST_CASE(rule_9_what_was_declared_comes_at_once_and_its_own_wait_after_it) {
  const DeclaredStatus declared{1, 2h};
  BOOST_TEST((first(false, 0ms, declared) == Wait{WaitKind::first, 1, kLeft, kLeft}));
  BOOST_TEST((next_wait(definition, 1, kLeft, declared, Time::min(), false)->due == kLeft + 2h));
  BOOST_TEST((next_wait(definition, 2, kLeft, declared, Time::min(), false)->due == kLeft + 24h));
  BOOST_TEST((next_wait(definition, 1, kLeft, declared, Time::min(), true)->due == kLeft + 10min));
}

BOOST_AUTO_TEST_CASE(rules_4_and_10_the_last_status_lasts_or_ends_in_being_forgotten) {
  BOOST_TEST(!next_wait(definition, 3, kLeft, {}, Time::min(), false).has_value());
  definition.statuses.back().forget_after = 48h;
  BOOST_TEST((next_wait(definition, 3, kLeft, {}, Time::min(), false) ==
              Wait{WaitKind::forget, 3, kLeft + 48h, kLeft}));
}

BOOST_AUTO_TEST_CASE(rule_7_no_limit_without_a_status_for_it) {
  definition.report_every = 1h;
  BOOST_TEST(!late_wait(definition, kLeft).has_value());
  definition.on_late = 2;
  definition.report_grace = 5min;
  BOOST_TEST((late_wait(definition, kLeft) == Wait{WaitKind::late, 2, kLeft + 65min, kLeft}));
}

BOOST_AUTO_TEST_CASE(rule_14_no_wait_ends_before_the_grace) {
  const auto wait = first_wait(definition, kOnline, {false, kLeft, 0ms}, {}, kLeft + 2h);
  BOOST_TEST((wait == Wait{WaitKind::first, 2, kLeft + 2h, kLeft, kLeft + 2h}));
}

BOOST_AUTO_TEST_CASE(a_stored_wait_is_worked_out_again_from_its_begin) {
  record.status = "standby";
  record.wait = WaitRecord{"offline", kLeft + 99h, kLeft + 1h, Time::min(), WaitKind::next, false};
  BOOST_TEST((restored_wait(definition, record, {}) == Wait{WaitKind::next, 2, kLeft + 70min, kLeft + 1h}));
  record.status = "asleep";  // the template has it no more: the chain begins again
  BOOST_TEST((restored_wait(definition, record, {}) == Wait{WaitKind::first, 1, kLeft + 1h, kLeft}));
}

BOOST_AUTO_TEST_SUITE_END()
