// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/channels/retry_rules.hpp"

#include <boost/test/unit_test.hpp>

#include "bridge/core/channels/redacted.hpp"
#include "bridge/core/channels/redirect.hpp"

using namespace rollcall;
using namespace std::chrono_literals;

namespace {

// Sun, 06 Nov 1994 08:49:37 GMT
constexpr Time kNow{784'111'777s};

SendResult answered(std::uint64_t code) {
  SendResult result;
  result.code = code;
  return result;
}

SendResult failed(std::uint64_t code = 0) {
  auto result = answered(code);
  result.problem = "it broke";
  return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(retry_rules)

BOOST_AUTO_TEST_CASE(two_hundred_and_something_is_a_delivery) {
  for (const auto code : {200, 201, 202, 204, 299})
    BOOST_TEST((verdict_of(answered(code), false) == Verdict::delivered), code);
}

BOOST_AUTO_TEST_CASE(only_what_is_about_the_very_message_is_final) {
  for (const auto code : {400, 405, 410, 411, 413, 414, 415, 422, 431})
    BOOST_TEST((verdict_of(answered(code), false) == Verdict::refused), code);
  for (const auto code : {100, 301, 302, 303, 304, 401, 403, 404, 408, 409, 425, 429, 500, 502, 503, 504})
    BOOST_TEST((verdict_of(answered(code), false) == Verdict::again), code);
  BOOST_TEST((verdict_of(failed(), false) == Verdict::again));
  BOOST_TEST((verdict_of(failed(200), false) == Verdict::again));
}

BOOST_AUTO_TEST_CASE(mail_is_refused_by_what_is_said_of_addresses) {
  BOOST_TEST((verdict_of(answered(250), true) == Verdict::delivered));
  for (const auto code : {550, 551, 552, 553})
    BOOST_TEST((verdict_of(failed(code), true) == Verdict::refused));
  for (const auto code : {0, 421, 450, 452, 530, 535, 554})
    BOOST_TEST((verdict_of(failed(code), true) == Verdict::again), code);
}

BOOST_AUTO_TEST_CASE(pauses_double_up_to_ten_minutes) {
  BOOST_TEST((pause_after(1, 0.5) == 1s));
  BOOST_TEST((pause_after(2, 0.5) == 2s));
  BOOST_TEST((pause_after(10, 0.5) == 512s));
  for (const std::uint64_t failures : {11, 12, 200, 1'000'000})
    BOOST_TEST((pause_after(failures, 0.5) == 10min));
  BOOST_TEST((pause_after(1, 0.0) == 750ms));
  BOOST_TEST((pause_after(1, 1.0) == 1250ms));
}

BOOST_AUTO_TEST_CASE(retry_after_is_seconds) {
  BOOST_TEST((parse_retry_after("120", kNow) == Millis{120s}));
  BOOST_TEST((parse_retry_after(" 0 ", kNow) == Millis{0}));
  BOOST_TEST((parse_retry_after("86400", kNow) == Millis{1h}));
  BOOST_TEST((parse_retry_after("99999999999999999999", kNow) == Millis{1h}));
}

// RFC 9110 section 5.6.7.
BOOST_AUTO_TEST_CASE(retry_after_is_a_date_in_three_forms) {
  for (const auto* const date :
       {"Sun, 06 Nov 1994 08:50:37 GMT", "Sunday, 06-Nov-94 08:50:37 GMT", "Sun Nov  6 08:50:37 1994"}) {
    BOOST_TEST((parse_retry_after(date, kNow) == Millis{1min}), date);
  }
  BOOST_TEST((parse_retry_after("Sun, 06 Nov 1994 08:00:00 GMT", kNow) == Millis{0}));
  BOOST_TEST((parse_retry_after("Sun, 06 Nov 2094 08:00:00 GMT", kNow) == Millis{1h}));
}

BOOST_AUTO_TEST_CASE(what_is_neither_says_nothing) {
  for (const auto* const text : {"", " ", "soon", "-1", "1.5", "Sun, 31 Feb 1994 08:49:37 GMT",
                                 "Sun, 06 Nov 1994", "Sun, 06 Nov 1994 8:49:37 GMT",
                                 "Sun, 06 Nov 1994 25:00:00 GMT", ",,,,", "Sun, 06 Xyz 1994 08:49:37 GMT"}) {
    BOOST_TEST(!parse_retry_after(text, kNow).has_value(), text);
  }
}

BOOST_AUTO_TEST_CASE(only_the_same_server_gets_what_was_meant_for_it) {
  BOOST_TEST(may_follow("https://a.example/x", "https://A.example/y"));
  BOOST_TEST(may_follow("https://a.example/x", "https://a.example:443/y"));
  BOOST_TEST(may_follow("http://a.example/x", "https://a.example/x"));
  BOOST_TEST(may_follow("http://[::1]:80/x", "http://[::1]/y"));
  for (const auto* const to :
       {"https://b.example/x", "http://a.example/x", "https://a.example:8443/x",
        "https://a.example.b.example/x", "https://a.example@b.example/x", "https://b.example/a.example",
        "https://b.example\\@a.example/", "ftp://a.example/x", "a.example", "", "https://",
        "https://a.example%2eb.example/"}) {
    BOOST_TEST(!may_follow("https://a.example/x", to), to);
  }
  BOOST_TEST(!may_follow("http://a.example:8080/x", "https://a.example/x"));
}

BOOST_AUTO_TEST_CASE(answers_are_told_without_what_is_secret) {
  OutgoingMessage message;
  message.secret = "hunter2";
  OutgoingRequest request;
  request.url = "https://hooks.example/services/T0000000/abcdefgh?token=12345678&x=y";
  message.what = request;
  BOOST_TEST(redacted("no hunter2 here", message) == "no *** here");
  BOOST_TEST(redacted("POST /services/T0000000/abcdefgh?token=12345678&x=y: not found", message) ==
             "POST ***: not found");
  BOOST_TEST(redacted("unknown: abcdefgh, 12345678", message) == "unknown: ***, ***");
  BOOST_TEST(redacted("one\r\ntwo", message) == "one");
  BOOST_TEST(redacted("a\x1B[31m", message) == "a\\u001b[31m");
  BOOST_TEST(redacted(std::string(1000, 'x'), message).size() == kMostAnswerBytes);
}

BOOST_AUTO_TEST_SUITE_END()
