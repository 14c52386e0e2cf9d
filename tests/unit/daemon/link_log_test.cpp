// SPDX-License-Identifier: Apache-2.0
#include "bridge/daemon/link_log.hpp"

#include <memory>
#include <sstream>
#include <string>

#include <boost/test/unit_test.hpp>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

using namespace std::chrono_literals;

namespace rollcall {
namespace {

struct Fixture {
  std::ostringstream out;
  spdlog::logger logger{"test", std::make_shared<spdlog::sinks::ostream_sink_st>(out)};
  LinkLog log{logger, broker(), {"bridge-1", "/etc/rollcall.json"}};
  LinkLog::Time now{};

  Fixture() { logger.set_pattern("%l %v"); }
  static BrokerConfig broker() {
    BrokerConfig made;
    made.name = "main";
    made.host = "127.0.0.1";
    made.port = 1883;
    made.username = "rollcall";
    return made;
  }
  void fail(LinkFailure failure, const std::string& detail, Millis retry_in = 250ms) {
    log.failed(failure, detail, retry_in, now);
  }
  std::string take() {
    auto text = out.str();
    out.str({});
    return text;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(link_log_test, Fixture)

BOOST_AUTO_TEST_CASE(a_link_that_comes_up) {
  log.connected(now);
  BOOST_TEST(take() == "info broker \"main\" at 127.0.0.1:1883: connected\n");
}

BOOST_AUTO_TEST_CASE(each_reason_is_logged_once_however_often_it_is_tried) {
  fail(LinkFailure::unreachable, "Connection refused");
  BOOST_TEST(
      take() ==
      "warning broker \"main\" at 127.0.0.1:1883: unreachable (Connection refused); retrying in 0.25 s\n");
  fail(LinkFailure::unreachable, "Connection refused", 500ms);
  BOOST_TEST(take().empty());
  fail(LinkFailure::unreachable, "No route to host", 4s);
  BOOST_TEST(take() ==
             "warning broker \"main\" at 127.0.0.1:1883: unreachable (No route to host); retrying in 4 s\n");
}

BOOST_AUTO_TEST_CASE(what_lasts_is_logged_every_ten_minutes) {
  fail(LinkFailure::unreachable, "Connection refused");
  take();
  now += 599s;
  fail(LinkFailure::unreachable, "Connection refused", 10s);
  BOOST_TEST(take().empty());
  now += 1s;
  fail(LinkFailure::unreachable, "Connection refused", 10s);
  BOOST_TEST(take() ==
             "warning broker \"main\" at 127.0.0.1:1883: still unreachable (Connection refused); retrying in "
             "10 s\n");
  fail(LinkFailure::unreachable, "Connection refused", 10s);
  BOOST_TEST(take().empty());
}

BOOST_AUTO_TEST_CASE(how_long_it_was_away_is_told_when_it_is_back) {
  log.connected(now);
  take();
  fail(LinkFailure::lost, "");
  BOOST_TEST(take() == "warning broker \"main\" at 127.0.0.1:1883: connection lost; retrying in 0.25 s\n");
  now += 3min;
  fail(LinkFailure::unreachable, "Connection refused", 10s);
  now += 20s;
  take();
  log.connected(now);
  BOOST_TEST(take() == "info broker \"main\" at 127.0.0.1:1883: connected again after 3m20s\n");
  fail(LinkFailure::lost, "Session taken over");
  BOOST_TEST(take() ==
             "warning broker \"main\" at 127.0.0.1:1883: connection lost (Session taken over); "
             "retrying in 0.25 s\n");
}

BOOST_AUTO_TEST_CASE(a_refusal_names_what_to_compare) {
  fail(LinkFailure::login_refused, "Not authorized");
  const auto login = take();
  BOOST_TEST(login.find("login of user \"rollcall\" refused (Not authorized)") != std::string::npos);
  BOOST_TEST(login.find("it is \"bridge-1\" now") != std::string::npos);
  fail(LinkFailure::qos_refused, "QoS not supported");
  BOOST_TEST(take().find("or status_qos to 0 in /etc/rollcall.json") != std::string::npos);
  fail(LinkFailure::retain_refused, "Retain not supported");
  BOOST_TEST(take().find("Set retain_available true there") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall
