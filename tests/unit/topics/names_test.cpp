// SPDX-License-Identifier: Apache-2.0
#include "topics/names.hpp"

#include <random>
#include <set>

#include <boost/test/unit_test.hpp>

using namespace rollcall;

BOOST_AUTO_TEST_SUITE(topics)

BOOST_AUTO_TEST_CASE(device_ids_become_one_topic_level) {
  BOOST_TEST(encode_device("pump-7").value() == "pump-7");
  BOOST_TEST(encode_device("a/b+c#d%e").value() == "a%2Fb%2Bc%23d%25e");
  BOOST_TEST(encode_device("two words \"quoted\" back\\slash").value() == "two words \"quoted\" back\\slash");
  BOOST_TEST(encode_device("Zähler-水").value() == "Zähler-水");
  BOOST_TEST(encode_device(std::string("a\x01\x1F\x7F", 4)).value() == "a%01%1F%7F");
  BOOST_TEST(encode_device("\xC2\x80\xC2\x9F\xC2\xA0").value() == "%C2%80%C2%9F\xC2\xA0");
}

BOOST_AUTO_TEST_CASE(what_can_be_no_device_is_refused) {
  BOOST_TEST(!encode_device(""));
  BOOST_TEST(!encode_device("\xFF"));
  BOOST_TEST(!encode_device("\xC2"));
  BOOST_TEST(!encode_device("\xED\xA0\x80"));
  BOOST_TEST(!encode_device(std::string_view("a\0b", 3)));
  BOOST_TEST(encode_device(std::string(512, 'x')).has_value());
  BOOST_TEST(!encode_device(std::string(513, 'x')));
  BOOST_TEST(encode_device(std::string(341, '/')).has_value());  // 1023 bytes encoded
  BOOST_TEST(!encode_device(std::string(342, '/')));
}

BOOST_AUTO_TEST_CASE(whether_an_id_can_be_a_device_is_told_without_encoding_it) {
  const std::string_view with_zero("a\0b", 3);
  for (const std::string& id : {std::string(), std::string("pump-7"), std::string("\xFF"),
                                std::string(with_zero), std::string(341, '/'), std::string(342, '/'),
                                std::string(342, 'x'), std::string(512, 'x'), std::string(513, 'x')}) {
    BOOST_TEST(can_be_device(id) == encode_device(id).has_value(), id);
  }
}

BOOST_AUTO_TEST_CASE(different_ids_never_share_a_topic) {
  std::mt19937 random(7);
  const std::string_view alphabet = "a%/+#25FBCbf \x01";
  std::set<std::string> ids, encoded;
  for (int i = 0; i < 20'000; ++i) {
    std::string id;
    for (auto length = 1 + random() % 6; length > 0; --length) id += alphabet[random() % alphabet.size()];
    ids.insert(id);
    encoded.insert(encode_device(id).value());
    BOOST_TEST_REQUIRE(encode_device(id)->find_first_of("/+#\x01") == std::string::npos);
  }
  BOOST_TEST(ids.size() == encoded.size());
}

BOOST_AUTO_TEST_CASE(every_topic_of_ours_has_its_kind) {
  const TopicNames names("ds");
  for (const auto* topic : {"ds/status/a", "ds/status", "ds/status/a/b", "ds/timeline/a", "ds/notify/a",
                            "ds/fleet", "ds/incident", "ds/bridge", "ds/status/#", "ds/status/+"}) {
    BOOST_TEST((names.kind_of(topic) == TopicKind::bridge), topic);
  }
  for (const auto* topic : {"ds/declare/a", "ds/declare", "ds/declare/error", "ds/declare/a/errors",
                            "ds/declare/a/b/error", "ds/declare/error/x"}) {
    BOOST_TEST((names.kind_of(topic) == TopicKind::declare), topic);
  }
  for (const auto* topic : {"ds/declare/a/error", "ds/declare/error/error", "ds/declare/+/error"}) {
    BOOST_TEST((names.kind_of(topic) == TopicKind::bridge), topic);
  }
  BOOST_TEST((names.kind_of("ds/report/a") == TopicKind::report));
  for (const auto* topic : {"$ds/event", "$ds/#", "$ds", "$share/group/$ds/#", "$ds/+"}) {
    BOOST_TEST((names.kind_of(topic) == TopicKind::stream), topic);
  }
  for (const auto* topic : {"$CONTROL/rollcall/v1", "$CONTROL/rollcall", "$CONTROL/rollcall/#"}) {
    BOOST_TEST((names.kind_of(topic) == TopicKind::control), topic);
  }
  for (const auto* topic : {"ds", "ds/", "ds/other", "ds/statuses/a", "dsx/status/a", "x/ds/status/a",
                            "/ds/status/a", "#", "+/status/a", "$SYS/broker", "$share/group/ds/other",
                            "$share/x", "$dsx/event", "$CONTROL/dynamic-security/v1", "$CONTROL/rollcallx"}) {
    BOOST_TEST((names.kind_of(topic) == TopicKind::none), topic);
  }
  BOOST_TEST((names.kind_of("$share/group/ds/status/a") == TopicKind::bridge));
}

BOOST_AUTO_TEST_CASE(the_device_of_a_declaration_or_report_is_one_level) {
  const TopicNames names("a/ds");
  BOOST_TEST(names.declaring_device("a/ds/declare/x%2Fy").value() == "x%2Fy");
  BOOST_TEST(names.reporting_device("a/ds/report/x").value() == "x");
  BOOST_TEST(names.declare_error("x") == "a/ds/declare/x/error");
  for (const auto* topic : {"a/ds/declare", "a/ds/declare/", "a/ds/declare/x/", "a/ds/declare/x/error",
                            "a/ds/declare//x", "ds/declare/x", "$share/g/a/ds/declare/x", "a/ds/report/x"}) {
    BOOST_TEST(!names.declaring_device(topic).has_value(), topic);
  }
  BOOST_TEST(!names.reporting_device("a/ds/declare/x").has_value());
}

BOOST_AUTO_TEST_CASE(a_prefix_of_several_levels_moves_everything) {
  const TopicNames names("acme/plant 1");
  BOOST_TEST(names.status("x") == "acme/plant 1/status/x");
  BOOST_TEST(names.stream() == "$acme/plant 1/event");
  BOOST_TEST((names.kind_of("acme/plant 1/bridge") == TopicKind::bridge));
  BOOST_TEST((names.kind_of("ds/bridge") == TopicKind::none));
}

BOOST_AUTO_TEST_CASE(prefixes_that_can_not_be_are_refused) {
  for (const auto* prefix : {"", "/", "$ds", "/ds", "ds/", "a//b", "a/+", "#", "a\x01", "\xFF"}) {
    BOOST_TEST(!checked_prefix(prefix).has_value(), prefix);
  }
  BOOST_TEST(!checked_prefix(std::string(65, 'x')).has_value());
  BOOST_TEST(checked_prefix("acme/ds").value() == "acme/ds");
}

BOOST_AUTO_TEST_SUITE_END()
