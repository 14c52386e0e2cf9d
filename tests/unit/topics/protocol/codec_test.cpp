// SPDX-License-Identifier: Apache-2.0
#include <random>

#include <boost/test/unit_test.hpp>

#include "topics/protocol/requests.hpp"
#include "topics/protocol/stream.hpp"

using namespace rollcall;

namespace {

const ConnectionFacts kFacts{"pump \"7\"/+#", "user", "127.0.0.1", true, 5, 45, false};

const CommandMessage kCommand{"cmd/pump-7/x", std::string_view("\0on", 3), 2, 600, "properties"};

std::vector<StreamRecord> one_of_each() {
  return {stream::Hello{"0.1.0", "main", true, false, 7, 9, Millis{11}, Millis{10'000}},
          stream::Opened{1, Millis{5}, kFacts},
          stream::Ended{2, Millis{6}, Cause::keepalive_timeout, true},
          stream::SnapshotBegin{3, 4},
          stream::Live{5, Millis{7}, kFacts},
          stream::Past{6, Millis{8}, Millis{9}, Cause::taken_over, false, kFacts},
          stream::SnapshotMore{7, 8, 9, true, 10},
          stream::SnapshotEnd{10},
          stream::Displaced{"other", "192.0.2.1"},
          stream::Active{11, Millis{12}},
          stream::ActiveUntil{Millis{13}},
          stream::Declared{14, Millis{15}, R"({"status":"standby"})"},
          stream::Reported{16, Millis{17}, "zigbee2mqtt/lamp", "gateway", "user", "127.0.0.1"},
          stream::CauseLogState{CauseLog::no_ends},
          stream::StoodStill{Millis{18}, Millis{19}, Millis{20}},
          stream::Command{21, Millis{22}, "pump-7", false, kCommand},
          stream::Delivered{{23, 24}, true},
          stream::Subscribed{25},
          stream::CommandCounts{26, 27}};
}

request::Rules some_rules() {
  request::Rules rules;
  rules.templates = {"default", "pump"};
  rules.reporters = {"gateway"};
  rules.wants_activity = true;
  DeviceRule rule;
  rule.client_id = Pattern::parse("{template}:{device}").value();
  rule.username = Pattern::parse("device").value();
  rule.address = AddressBlock::parse("10.0.0.0/8").value();
  rules.rules.push_back(rule);
  rules.rules.emplace_back().report_topic = Pattern::parse("zigbee2mqtt/{device}").value();
  rules.rules.back().template_name = "pump";
  rules.rules.back().retained = RetainedReports::count;
  rules.rules.emplace_back().client_id = Pattern::parse("*").value();
  rules.rules.back().ignore = true;
  return rules;
}

std::string message_of(const std::vector<StreamRecord>& records) {
  StreamBatch batch;
  for (const auto& record : records) batch.add(record);
  return batch.message({0xFEDCBA9876543210, 123456, 42, 17, 1000});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(codec)

BOOST_AUTO_TEST_CASE(every_record_of_the_stream_comes_back_as_it_went) {
  static_assert(std::variant_size_v<StreamRecord> == 19, "add the new record to one_of_each()");
  const auto bytes = message_of(one_of_each());
  const auto message = decode_stream_message(bytes);
  BOOST_TEST_REQUIRE(message.has_value());
  BOOST_TEST((message->records == one_of_each()));
  BOOST_TEST(message->header.boot == 0xFEDCBA9876543210);
  BOOST_TEST(message->header.clock_ms == 123456U);
  BOOST_TEST(message->header.session == 42U);
  BOOST_TEST(message->header.last_request == 17U);
  BOOST_TEST(message->header.first_number == 1000U);
}

BOOST_AUTO_TEST_CASE(a_heartbeat_has_no_records) {
  BOOST_TEST(decode_stream_message(message_of({})).value().records.empty());
}

BOOST_AUTO_TEST_CASE(a_cut_or_lengthened_message_is_an_error) {
  const auto bytes = message_of(one_of_each());
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    BOOST_TEST_REQUIRE(!decode_stream_message(std::string_view(bytes).substr(0, length)).has_value());
  }
  BOOST_TEST(!decode_stream_message(bytes + '\0').has_value());
}

BOOST_AUTO_TEST_CASE(another_version_is_named) {
  auto bytes = message_of({});
  bytes[0] = 9;
  BOOST_TEST(decode_stream_message(bytes).error().message.find("version 9") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(every_request_comes_back_as_it_went) {
  static_assert(std::variant_size_v<RequestBody> == 9, "add the new request");
  const std::vector<RequestBody> bodies{
      request::Hello{"ds", 0x1234567890ABCDEF, true},
      request::Snapshot{1, 2, 3, true, 4},
      request::Publish{{{"ds/status/a", "{}", 1, true}, {"ds/timeline/a", "", 0, false}}},
      request::Ping{},
      some_rules(),
      request::CommandTopics{{CommandTopic::parse("cmd/{device}/#").value()}},
      request::DeviceCommands{{{"pump-7", "client", 5, request::CommandRule::queue}}, true},
      request::DeliverCommand{{1, 2}, "client", kCommand},
      request::CommandsKept{3, true}};
  for (const auto& body : bodies) {
    const auto bytes = encode_request({7, 8, body});
    const auto request = decode_request(bytes);
    BOOST_TEST_REQUIRE(request.has_value());
    BOOST_TEST(request->session == 7U);
    BOOST_TEST(request->number == 8U);
    BOOST_TEST((request->body == body));
    for (std::size_t length = 0; length < bytes.size(); ++length) {
      BOOST_TEST_REQUIRE(!decode_request(std::string_view(bytes).substr(0, length)).has_value());
    }
  }
}

BOOST_AUTO_TEST_CASE(requests_beyond_the_limits_are_errors) {
  request::Publish many;
  many.publications.resize(kMaxPublicationsPerRequest + 1, {"ds/fleet", "", 0, false});
  BOOST_TEST(!decode_request(encode_request({1, 1, many})).has_value());
  const std::string large(kMaxRequestBytes, 'x');
  BOOST_TEST(
      !decode_request(encode_request({1, 1, request::Publish{{{"ds/fleet", large, 0, false}}}})).has_value());
  BOOST_TEST(
      !decode_request(encode_request({1, 1, request::Publish{{{"ds/fleet", "", 3, false}}}})).has_value());
  BOOST_TEST(!decode_request(encode_request({0, 1, request::Ping{}})).has_value());
  BOOST_TEST(!decode_request(encode_request({1, 0, request::Ping{}})).has_value());
}

BOOST_AUTO_TEST_CASE(rules_that_could_not_be_are_errors) {
  request::Rules many;
  DeviceRule any;
  any.client_id = Pattern::parse("*").value();
  many.rules.resize(kMaxRules + 1, any);
  BOOST_TEST(!decode_request(encode_request({1, 1, many})).has_value());
  many.rules.resize(kMaxRules);
  BOOST_TEST(decode_request(encode_request({1, 1, many})).has_value());
  request::Rules reporters;
  reporters.reporters.resize(kMaxNames + 1);
  BOOST_TEST(!decode_request(encode_request({1, 1, reporters})).has_value());
  request::Rules beyond_the_prefix;
  beyond_the_prefix.rules.emplace_back().address = AddressBlock{{10, 1}, 8};
  BOOST_TEST(!decode_request(encode_request({1, 1, beyond_the_prefix})).has_value());
  beyond_the_prefix.rules.back().address = AddressBlock{{10}, 129};
  BOOST_TEST(!decode_request(encode_request({1, 1, beyond_the_prefix})).has_value());
  request::Rules nothing_to_match;
  nothing_to_match.rules.emplace_back().ignore = true;
  BOOST_TEST(!decode_request(encode_request({1, 1, nothing_to_match})).has_value());
  request::Rules retained_without_a_topic;
  retained_without_a_topic.rules.push_back(any);
  retained_without_a_topic.rules.back().retained = RetainedReports::count;
  BOOST_TEST(!decode_request(encode_request({1, 1, retained_without_a_topic})).has_value());
  request::Rules one;
  one.rules.emplace_back().client_id = Pattern::parse("ab").value();
  auto bytes = encode_request({1, 1, one});
  BOOST_TEST_REQUIRE(decode_request(bytes).has_value());
  bytes[bytes.size() - 4] = 0;  // the length of the pattern: one that is empty, and bytes left over
  BOOST_TEST(!decode_request(bytes).has_value());
}

BOOST_AUTO_TEST_CASE(any_bytes_decode_to_something_or_to_an_error) {
  std::mt19937 random(11);
  const auto stream = message_of(one_of_each());
  const auto request = encode_request({1, 2, request::Publish{{{"ds/status/a", "{}", 1, true}}}});
  const auto rules = encode_request({1, 2, some_rules()});
  for (int i = 0; i < 50'000; ++i) {
    auto bytes = i % 3 == 0 ? stream : i % 3 == 1 ? request : rules;
    for (auto changes = 1 + random() % 3; changes > 0; --changes)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    if (const auto message = decode_stream_message(bytes))
      BOOST_TEST_REQUIRE(message->records.size() <= 65'535U);
    if (const auto decoded = decode_request(bytes)) BOOST_TEST_REQUIRE(decoded->session != 0U);
  }
}

BOOST_AUTO_TEST_SUITE_END()
