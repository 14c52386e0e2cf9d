// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/pipeline/operator_request.hpp"

#include <boost/test/unit_test.hpp>

namespace rollcall {
namespace {

std::string refusal(std::string_view line) {
  const auto request = parse_operator_request(line);
  return request ? "it isn't" : request.error().message;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(operator_request)

BOOST_AUTO_TEST_CASE(what_is_written_is_read_again) {
  OperatorRequest request;
  request.device = "pump \"7\"/ö";
  request.status = "standby";
  request.wait = std::chrono::hours{36};
  request.hold = true;
  const auto read = parse_operator_request(to_json(request));
  BOOST_TEST_REQUIRE(read.has_value());
  const auto set = std::get<SetStatus>(read->action());
  BOOST_TEST(set.device == request.device);
  BOOST_TEST(set.status == "standby");
  BOOST_TEST((set.wait == request.wait));
  BOOST_TEST(set.hold);
  request.what = OperatorRequest::What::forget;
  const auto forget = parse_operator_request(to_json(request));
  BOOST_TEST_REQUIRE(forget.has_value());
  BOOST_TEST(std::get<ForgetDevice>(forget->action()).device == request.device);
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_named) {
  BOOST_TEST(refusal("set pump-7") ==
             R"(a request is a JSON object such as {"request":"release","device":"pump-7"})");
  BOOST_TEST(refusal(R"({"device":"a"})") ==
             R"(a request is a JSON object such as {"request":"release","device":"pump-7"})");
  BOOST_TEST(refusal(R"({"request":"reset","device":"a"})") ==
             R"(there is no request "reset"; there are "set", "release", "forget")");
  BOOST_TEST(refusal(R"({"request":"release"})") == R"("device" is missing)");
  BOOST_TEST(refusal(R"({"request":"set","device":"a"})") == R"("status" is missing)");
  BOOST_TEST(refusal(R"({"request":"set","device":7,"status":"b"})") == R"("device" must be a text)");
  BOOST_TEST(refusal(R"({"request":"set","device":"a","status":"b","hold":1})") ==
             R"("hold" must be true or false)");
  BOOST_TEST(
      refusal(R"({"request":"set","device":"a","status":"b","for":"soon"})").starts_with(R"("for": )"));
  BOOST_TEST(refusal(R"({"request":"set","device":"a","status":"b","until":"x"})")
                 .starts_with(R"(the key "until" is unknown)"));
  BOOST_TEST(refusal(R"({"request":"release","device":"a","hold":true})") ==
             R"("status", "for" and "hold" belong to "set" only)");
}

BOOST_AUTO_TEST_CASE(an_answer_is_read_as_it_was_given) {
  BOOST_TEST(parse_operator_answer(operator_answer(std::string())).value() == "");
  BOOST_TEST(parse_operator_answer(operator_answer(std::string("but"))).value() == "but");
  const auto refused =
      parse_operator_answer(operator_answer(Result<std::string>(fail("no \"such\" device"))));
  BOOST_TEST_REQUIRE(!refused);
  BOOST_TEST(refused.error().message == "no \"such\" device");
  for (const std::string line : {"", "[]", "7", "{}", R"({"ok":false})", R"({"error":1})"}) {
    BOOST_TEST_CONTEXT(line) { BOOST_TEST(!parse_operator_answer(line)); }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall
