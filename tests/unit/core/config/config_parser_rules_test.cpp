// SPDX-License-Identifier: Apache-2.0
// What each section of the configuration refuses, and what it lets through.
#include <string>

#include <boost/test/unit_test.hpp>

#include "bridge/core/lifecycle/rules.hpp"
#include "tests/unit/core/config/config_verdict.hpp"

namespace rollcall {
namespace {

using namespace std::chrono_literals;

std::string broker(const std::string& uri) { return R"({"brokers":[{"uri":")" + uri + R"("}]})"; }
std::string devices(const std::string& rules) { return R"({"devices":[)" + rules + "]}"; }
std::string statuses(const std::string& later, const std::string& more = "") {
  return R"({"templates":{"t":{"statuses":[{"status":"online"},)" + later + "]" + more + "}}}";
}
/// A template with online, standby and offline, and these keys.
std::string keys(const std::string& more) {
  return statuses(R"({"status":"standby","after":"5m"},{"status":"offline","after":"1h"})", "," + more);
}

BOOST_AUTO_TEST_SUITE(config_brokers_suite)

BOOST_AUTO_TEST_CASE(a_uri_names_host_and_port) {
  const auto address = [](const std::string& uri) {
    const auto config = parsed(broker(uri));
    return config.brokers[0].host + " " + std::to_string(config.brokers[0].port);
  };
  BOOST_TEST(address("mqtt://broker.example") == "broker.example 1883");
  BOOST_TEST(address("mqtt://10.0.0.7:1884") == "10.0.0.7 1884");
  BOOST_TEST(address("mqtt://[::1]") == "::1 1883");
  BOOST_TEST(address("mqtt://[fd00::1]:65535") == "fd00::1 65535");
  BOOST_TEST(address("mqtts://broker.example") == "broker.example 8883");
  BOOST_TEST(address("ws://broker.example") == "broker.example 80");
  BOOST_TEST(address("wss://broker.example/mqtt") == "broker.example 443");
  BOOST_TEST(address("wss://broker.example:8443/a:b") == "broker.example 8443");
}

BOOST_AUTO_TEST_CASE(its_scheme_says_how_to_speak) {
  const auto how = [](const std::string& uri) {
    const auto config = parsed(broker(uri));
    return config.brokers[0].websocket_path.value_or("-") + (config.brokers[0].tls ? " tls" : "");
  };
  BOOST_TEST(how("mqtt://a") == "-");
  BOOST_TEST(how("mqtts://a") == "- tls");
  BOOST_TEST(how("ws://a") == "/mqtt");
  BOOST_TEST(how("ws://a:1/") == "/");
  BOOST_TEST(how("wss://a/some/where?key=1") == "/some/where?key=1 tls");
}

BOOST_AUTO_TEST_CASE(tls_has_files_and_verifies_unless_told_otherwise) {
  const auto plain = parsed(broker("mqtts://a")).brokers[0].tls.value();
  BOOST_TEST((plain == TlsConfig{}));
  BOOST_TEST(plain.verify);
  // Wherever the uri stands.
  const auto config = parse_config(
      R"({"brokers":[{"tls":{"ca_file":"ca","certificate_file":"/c","key_file":"k"},"uri":"wss://a"}]})",
      "/etc/r.json");
  const auto& tls = config.value().brokers[0].tls.value();
  BOOST_TEST(tls.ca_file.value() == "/etc/ca");
  BOOST_TEST(tls.certificate_file.value() == "/c");
  BOOST_TEST(tls.key_file.value() == "/etc/k");
  BOOST_TEST(config.value().tls_places[0].key_file == "/etc/r.json:1:71: brokers[0].tls.key_file");
  BOOST_TEST(!parsed(R"({"brokers":[{"uri":"mqtts://a","tls":{"verify":false}}]})").brokers[0].tls->verify);
}

BOOST_AUTO_TEST_CASE(tls_that_makes_no_sense_is_refused) {
  const auto with = [](const std::string& uri, const std::string& tls) {
    return verdict(R"({"brokers":[{"uri":")" + uri + R"(","tls":)" + tls + "}]}");
  };
  BOOST_TEST(with("mqtt://a", "{}") ==
             R"(brokers[0].tls: is for mqtts:// and wss://, and the uri is "mqtt://a")");
  BOOST_TEST(with("ws://a", "{}") ==
             R"(brokers[0].tls: is for mqtts:// and wss://, and the uri is "ws://a")");
  BOOST_TEST(with("mqtts://a", R"({"key_file":"k"})") ==
             "brokers[0].tls.key_file: needs the certificate_file that it belongs to");
  BOOST_TEST(with("mqtts://a", R"({"ca_file":"c","verify":false})") ==
             "brokers[0].tls.ca_file: is of no use while verify is false: leave one of the two out");
  BOOST_TEST(
      with("mqtts://[::1]", "{}") ==
      "brokers[0].uri: a certificate can't be checked against an IPv6 address; write the name that the "
      "certificate has");
  BOOST_TEST(with("mqtts://[::1]", R"({"verify":false})") == "ok");
  BOOST_TEST(with("mqtts://a", R"({"ca":"c"})").starts_with("brokers[0].tls.ca: unknown key"));
  BOOST_TEST(with("mqtts://a", R"({"verify":1})").starts_with("brokers[0].tls.verify: "));
  BOOST_TEST(with("mqtts://a", "true").starts_with("brokers[0].tls: "));
}

BOOST_AUTO_TEST_CASE(an_unverified_broker_is_warned_of) {
  const auto config = parsed(R"({"brokers":[{"uri":"mqtts://a","tls":{"verify":false}}]})");
  BOOST_TEST_REQUIRE(config.warnings.size() == 1U);
  BOOST_TEST(config.warnings[0].find("brokers[0].tls.verify: is false") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(other_uris_are_refused) {
  for (const auto* const uri : {"a",
                                "tcp://a",
                                "MQTT://a",
                                "mqtt://",
                                "mqtt://a:",
                                "mqtt://a:0",
                                "mqtt://a:65536",
                                "mqtt://a:x",
                                "mqtt://a:1:2",
                                "mqtt://u@a",
                                "mqtt://a/",
                                "mqtt://a/path",
                                "mqtt://::1",
                                "mqtt://[::1",
                                "mqtt://[a]",
                                "mqtt://[::1]1",
                                "mqtt://[::/0]",
                                "mqtt://[10.0.0.1]",
                                "mqtt://a b",
                                "mqtts://",
                                "mqtts://a/",
                                "ws://",
                                "ws:///mqtt",
                                "wss://a:0/mqtt"}) {
    BOOST_TEST(refuses(broker(uri), "mqtt://host[:port]"), uri);
  }
  for (const auto* const uri : {"ws://a/ b", "ws://a/\u00e9", "ws://a/#b"})
    BOOST_TEST(refuses(broker(uri), "must be percent-encoded"), uri);
}

BOOST_AUTO_TEST_CASE(a_login_in_the_uri_is_told_where_it_belongs_and_not_repeated) {
  constexpr std::string_view kExpected =
      "brokers[0].uri: has a user name or a password in it; they have keys of their own, \"username\" and "
      "\"password_file\", and the uri is mqtt://host[:port], mqtts://host[:port] or "
      "ws[s]://host[:port][/path]";
  BOOST_TEST(verdict(broker("mqtt://user:secret@a")) == kExpected);
  BOOST_TEST(verdict(broker("mqtt://user:secret@a:1883")) == kExpected);
  BOOST_TEST(verdict(broker("mqtt://user@[::1]:1883")) == kExpected);
}

BOOST_AUTO_TEST_CASE(one_broker_is_not_listed_twice) {
  const auto both = [](const std::string& one, const std::string& other) {
    return verdict(R"({"brokers":[{"name":"a","uri":")" + one + R"("},{"name":"b","uri":")" + other +
                   R"("}]})");
  };
  BOOST_TEST(
      both("mqtt://h", "mqtt://h:1883") ==
      R"(brokers[1].uri: "mqtt://h:1883" is the broker "a" ("mqtt://h") once more; one entry is enough, )"
      "every status goes to each broker");
  BOOST_TEST(
      verdict(R"({"brokers":[{"name":"a"},{"name":"b"}]})") ==
      R"(brokers[1]: "mqtt://127.0.0.1:1883" (the default) is the broker "a" ("mqtt://127.0.0.1:1883") )"
      "once more; one entry is enough, every status goes to each broker");
  BOOST_TEST(both("mqtt://127.0.0.1", "mqtt://localhost").starts_with("brokers[1].uri: "));
  BOOST_TEST(both("mqtt://LocalHost:1", "mqtt://[::1]:1").starts_with("brokers[1].uri: "));
  BOOST_TEST(both("mqtt://Broker.Example", "mqtt://broker.example").starts_with("brokers[1].uri: "));
  BOOST_TEST(both("mqtt://broker.example.", "mqtt://broker.example").starts_with("brokers[1].uri: "));
  BOOST_TEST(both("mqtt://[fd00::1]", "mqtt://[fd00:0::0001]").starts_with("brokers[1].uri: "));
  BOOST_TEST(both("mqtt://[::ffff:10.0.0.7]", "mqtt://10.0.0.7").starts_with("brokers[1].uri: "));
  BOOST_TEST(both("mqtt://127.0.0.1:1", "mqtt://127.0.0.1:2") == "ok");
  BOOST_TEST(both("mqtt://127.0.0.1", "mqtt://127.0.0.2") == "ok");
  BOOST_TEST(both("mqtt://a", "mqtt://b") == "ok");
  BOOST_TEST(both("mqtt://a:1", "mqtts://a:1").starts_with("brokers[1].uri: "));
  BOOST_TEST(both("ws://a", "ws://a/mqtt").starts_with("brokers[1].uri: "));
  BOOST_TEST(both("ws://a/one", "ws://a/other") == "ok");
}

BOOST_AUTO_TEST_CASE(a_client_id_may_be_given) {
  BOOST_TEST(!parsed("{}").brokers[0].client_id);
  BOOST_TEST(parsed(R"({"brokers":[{"client_id":"dev-bridge"}]})").brokers[0].client_id.value() ==
             "dev-bridge");
  BOOST_TEST(verdict(R"({"brokers":[{"client_id":""}]})") == "brokers[0].client_id: must not be empty");
  BOOST_TEST(verdict(R"({"brokers":[{"client_id":")" + std::string(257, 'x') + R"("}]})") ==
             "brokers[0].client_id: has 257 bytes; at most 256 are allowed");
  BOOST_TEST(refuses(R"({"brokers":[{"client_id":"a\nb"}]})", "must not have control characters"));
  // What an MQTT broker refuses besides.
  BOOST_TEST(refuses(R"({"brokers":[{"client_id":"a\u0085b"}]})", "must not have control characters"));
}

BOOST_AUTO_TEST_CASE(brokers_have_different_names_and_there_is_one) {
  BOOST_TEST(verdict(R"({"brokers":[{"name":"a"},{"name":"b","uri":"mqtt://other"}]})") == "ok");
  BOOST_TEST(verdict(R"({"brokers":[{"name":"a"},{"name":"a"}]})") ==
             R"(brokers[1].name: two brokers are named "a"; each needs a name of its own)");
  BOOST_TEST(verdict(R"({"brokers":[{},{}]})") ==
             R"(brokers[1]: two brokers are named "main" (the default); each needs a name of its own)");
  BOOST_TEST(refuses(R"({"brokers":[]})", "at least one broker"));
  BOOST_TEST(refuses(R"({"brokers":[{"name":""}]})", "must not be empty"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(config_sections_suite)

BOOST_AUTO_TEST_CASE(the_prefix_is_one_that_topics_can_have) {
  BOOST_TEST(parsed(R"({"topic_prefix":"site/a"})").topic_prefix == "site/a");
  BOOST_TEST(refuses(R"({"topic_prefix":"a/#"})", "topic_prefix: topic prefix \"a/#\" has a wildcard"));
  BOOST_TEST(refuses(R"({"topic_prefix":""})", "must not be empty"));
}

BOOST_AUTO_TEST_CASE(mirrors_have_a_known_dialect) {
  BOOST_TEST(verdict(R"({"mirrors":[{"dialect":"home-assistant"}]})") == "ok");
  BOOST_TEST(
      refuses(R"({"mirrors":[{"dialect":"homie"}]})", "must be one of \"home-assistant\", not \"homie\""));
  BOOST_TEST(refuses(R"({"mirrors":[{}]})", "\"dialect\" is missing"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(config_devices_suite)

BOOST_AUTO_TEST_CASE(other_words_in_braces_are_refused) {
  BOOST_TEST(verdict(devices(R"({"client_id":"sensor-{devise}"})")) ==
             R"(devices[0].client_id: "sensor-{devise}" has a {…} that is neither {device} nor {template})");
  for (const auto* const text : {"{}", "{Device}", "a/{device}/{x}", "{a*b}"})
    BOOST_TEST(refuses(devices(R"({"username":")" + std::string(text) + "\"}"), "has a {…} that is"), text);
  BOOST_TEST(verdict(devices(
                 R"({"client_id":"a{b"},{"client_id":"a}b{device}"},{"client_id":"{{device}}"})")) == "ok");
}

BOOST_AUTO_TEST_CASE(the_topic_of_a_report_has_no_mqtt_wildcards) {
  constexpr std::string_view kExpected =
      "devices[0].report_topic: has + or # in it, which no topic of a message has; * matches any run of "
      "characters, / included, and {device} takes the device's id";
  BOOST_TEST(verdict(devices(R"({"report_topic":"zigbee2mqtt/+/{device}"})")) == kExpected);
  BOOST_TEST(verdict(devices(R"({"report_topic":"zigbee2mqtt/{device}/#"})")) == kExpected);
  BOOST_TEST(verdict(devices(R"({"report_topic":"a/b+","ignore":true})")) == kExpected);
}

/// An id may have these characters, so it is no error.
BOOST_AUTO_TEST_CASE(what_looks_like_an_mqtt_wildcard_in_an_id_is_warned_of) {
  const auto warnings = [](const std::string& rule) { return parsed(devices(rule)).warnings; };
  BOOST_TEST(
      warnings(R"({"client_id":"dev#"})") ==
          std::vector<std::string>{
              R"(r.json:1:26: devices[0].client_id: "dev#" matches a client id with the character # in )"
              "it: MQTT's wildcards mean nothing here. * matches any run of characters"},
      boost::test_tools::per_element());
  BOOST_TEST(
      warnings(R"({"username":"site/+/x"})") ==
          std::vector<std::string>{
              R"(r.json:1:25: devices[0].username: "site/+/x" matches a user name with the character + in )"
              "it: MQTT's wildcards mean nothing here. * matches any run of characters"},
      boost::test_tools::per_element());
  for (const auto* const id : {"#", "+", "a/#", "+/a", "a/+", "{device}#"})
    BOOST_TEST(warnings(R"({"client_id":")" + std::string(id) + "\"}").size() == 1U, id);
  for (const auto* const id : {"+49*", "a+b", "hall #1", "pump-{device}"})
    BOOST_TEST(warnings(R"({"client_id":")" + std::string(id) + "\"}").empty(), id);
}

BOOST_AUTO_TEST_CASE(a_rule_has_something_to_match) {
  BOOST_TEST(refuses(devices(R"({"template":"default"})"), "devices[0]: a rule needs a field to match"));
  BOOST_TEST(refuses(devices("{}"), "a rule needs a field to match"));
  BOOST_TEST(refuses(devices(R"({"client_id":""})"), "empty pattern"));
  BOOST_TEST(refuses(devices(R"({"client_id":"{device}{device}"})"), "{device} twice"));
  BOOST_TEST(refuses(devices(R"({"username":"{template}*{template}"})"), "{template} twice"));
  BOOST_TEST(refuses(devices(R"({"address":"10.0.0.0/40"})"), "prefix length"));
}

BOOST_AUTO_TEST_CASE(a_rule_takes_its_template_from_one_place) {
  BOOST_TEST(
      verdict(devices(R"({"client_id":"a","template":"defualt"})")) ==
      R"(devices[0].template: there is no template "defualt"; did you mean "default"? defined: "default")");
  BOOST_TEST(
      refuses(devices(R"({"client_id":"{template}","template":"default"})"), "from {template} already"));
  BOOST_TEST(refuses(devices(R"({"client_id":"a","ignore":true,"template":"default"})"), "leave out one"));
  BOOST_TEST(verdict(devices(R"({"client_id":"a","ignore":false,"template":"default"})")) == "ok");
  BOOST_TEST(verdict(R"({"devices":[{"client_id":"a","template":"t"}],)" +
                     statuses(R"({"status":"offline","after":"0s"})").substr(1)) == "ok");
}

BOOST_AUTO_TEST_CASE(a_report_rule_says_which_device) {
  BOOST_TEST(verdict(devices(R"({"report_topic":"z/{device}"})")) == "ok");
  BOOST_TEST(verdict(devices(R"({"report_topic":"z/*","username":"{device}"})")) == "ok");
  BOOST_TEST(verdict(devices(R"({"report_topic":"z/*","ignore":true})")) == "ok");
  BOOST_TEST(refuses(devices(R"({"report_topic":"z/*"})"), "must have {device}"));
}

BOOST_AUTO_TEST_CASE(a_report_rule_says_whether_retained_messages_count) {
  const auto read = [](const std::string& rest) {
    return parse_config(devices(R"({"report_topic":"z/{device}")" + rest + "}"), "r.json")
        .value()
        .devices[0]
        .retained;
  };
  BOOST_TEST((read("") == RetainedReports::ignore));
  BOOST_TEST((read(R"(,"retained":"ignore")") == RetainedReports::ignore));
  BOOST_TEST((read(R"(,"retained":"count")") == RetainedReports::count));
  BOOST_TEST(verdict(devices(R"({"report_topic":"z/{device}","retained":"yes"})")) ==
             R"(devices[0].retained: must be one of "ignore", "count", not "yes")");
  BOOST_TEST(
      verdict(devices(R"({"client_id":"a","retained":"count"})")) ==
      "devices[0].retained: is for reports: it needs a report_topic in the same rule (a client's connection "
      "is never retained)");
  BOOST_TEST(refuses(devices(R"({"client_id":"a","retained":"ignore"})"), "needs a report_topic"));
  BOOST_TEST(refuses(devices(R"({"report_topic":"z/*","ignore":true,"retained":"count"})"),
                     R"(a rule with "ignore" takes no reports; leave out one)"));
  // What is the same but for that is the same: it can never match.
  BOOST_TEST(
      refuses(devices(R"({"report_topic":"z/{device}"},{"report_topic":"z/{device}","retained":"count"})"),
              "devices[1]: can never match"));
}

BOOST_AUTO_TEST_CASE(a_rule_after_a_catch_all_can_never_match) {
  BOOST_TEST(verdict(devices("{\"client_id\":\"{device}\"},\n{\"client_id\":\"a\"}")) ==
             "devices[1]: can never match: the first rule that matches wins, and devices[0] (line 1) takes "
             "all that this "
             "one would");
  for (const auto* const rules :
       {R"({"client_id":"*"},{"username":"u"})", R"({"client_id":"*{device}"},{"address":"10.0.0.1"})",
        R"({"username":"*"},{"client_id":"a"})",
        R"({"report_topic":"{device}"},{"report_topic":"a/{device}"})",
        R"({"client_id":"a"},{"client_id":"a"})",
        R"({"client_id":"a-*"},{"client_id":"a-{device}","username":"u"})",
        R"({"client_id":"{template}"},{"client_id":"{template}"})",
        R"({"address":"10.0.0.0/8"},{"address":"10.1.0.0/16"})",
        R"({"client_id":"{device}","username":"{device}"},{"client_id":"{device}","username":"{device}"})",
        R"({"username":"u"},{"client_id":"x","username":"u","address":"10.0.0.1"})"}) {
    BOOST_TEST(refuses(devices(rules), "devices[1]: can never match"), rules);
  }
}

BOOST_AUTO_TEST_CASE(a_rule_that_some_client_can_still_reach_is_fine) {
  for (const auto* const rules : {R"({"client_id":"{template}"},{"client_id":"{device}"})",
                                  R"({"username":"{device}"},{"client_id":"a"})",
                                  R"({"client_id":"{device}","username":"{device}"},{"client_id":"a"})",
                                  R"({"client_id":"{device}"},{"report_topic":"a/{device}"})",
                                  R"({"address":"::/0"},{"client_id":"a"})",
                                  R"({"client_id":"*","address":"0.0.0.0/0"},{"client_id":"*"})",
                                  R"({"client_id":"a-{device}"},{"client_id":"a-*"})",
                                  R"({"client_id":"a","username":"u"},{"client_id":"a"})",
                                  R"({"address":"10.1.0.0/16"},{"address":"10.0.0.0/8"})",
                                  R"({"client_id":"{device}{template}"},{"client_id":"a"})",
                                  R"({"report_topic":"{device}"},{"client_id":"a"})"}) {
    BOOST_TEST(verdict(devices(rules)) == "ok", rules);
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(config_templates_suite)

BOOST_AUTO_TEST_CASE(a_template_begins_with_online_and_has_offline) {
  BOOST_TEST(verdict(statuses(R"({"status":"offline","after":"1m"})")) == "ok");
  BOOST_TEST(verdict(statuses(R"({"status":"standby","after":"1m"})")) ==
             R"(templates.t.statuses: has no "offline": one status after "online" must be it)");
  BOOST_TEST(refuses(R"({"templates":{"t":{"statuses":[]}}})", "has no \"online\""));
  BOOST_TEST(refuses(R"({"templates":{"t":{"statuses":[{"status":"online"}]}}})", "has no \"offline\""));
  BOOST_TEST(
      verdict(
          R"({"templates":{"t":{"statuses":[{"status":"offline"},{"status":"online","after":"1s"}]}}})") ==
      R"(templates.t.statuses[0].status: the first status must be "online", not "offline")");
  BOOST_TEST(verdict(R"({"templates":{"t":{}}})") == R"(templates.t: the key "statuses" is missing)");
}

BOOST_AUTO_TEST_CASE(the_default_template_can_be_replaced) {
  const auto config = parsed(
      R"({"templates":{"default":{"statuses":[{"status":"online"},{"status":"offline","after":"3m"}]}}})");
  BOOST_TEST_REQUIRE(config.templates.size() == 1U);
  BOOST_TEST((config.find_template("default")->on_graceful.after == 3min));
}

BOOST_AUTO_TEST_CASE(names_and_keys_have_their_letters) {
  BOOST_TEST(refuses(R"({"templates":{"a b":{}}})", "a template's name has 1 to 64"));
  BOOST_TEST(refuses(R"({"templates":{"":{}}})", "a template's name has 1 to 64"));
  BOOST_TEST(
      refuses("{\"templates\":{\"" + std::string(65, 'a') + "\":{}}}", "a template's name has 1 to 64"));
  for (const auto* const key : {"Standby", "no data", "1st", "_x", "\u00FC"}) {
    BOOST_TEST(refuses(statuses(std::string(R"({"status":")") + key + R"(","after":"1m"})"),
                       "must begin with a letter"),
               key);
  }
  BOOST_TEST(verdict(statuses(R"({"status":"a-1_b","after":"1m"},{"status":"offline","after":"1m"})")) ==
             "ok");
}

BOOST_AUTO_TEST_CASE(two_statuses_of_one_name_are_refused) {
  BOOST_TEST(verdict(statuses(R"({"status":"offline","after":"1m"},{"status":"offline","after":"1m"})")) ==
             R"(templates.t.statuses[2].status: the template has the status "offline" already)");
  BOOST_TEST(refuses(statuses(R"({"status":"online","after":"1m"})"), "has the status \"online\" already"));
}

BOOST_AUTO_TEST_CASE(every_status_but_the_first_has_a_wait) {
  BOOST_TEST(
      refuses(statuses(R"({"status":"offline"})"), "templates.t.statuses[1]: the key \"after\" is missing"));
  BOOST_TEST(verdict(R"({"templates":{"t":{"statuses":[{"status":"online","after":"0s"}]}}})") ==
             "templates.t.statuses[0].after: the first status waits for nothing; leave it out");
  BOOST_TEST(
      refuses(statuses(R"({"status":"offline","after":"5 min"})"), "duration \"5 min\" has a space in it"));
  BOOST_TEST(refuses(statuses(R"({"status":"offline","after":"-1s"})"), "duration \"-1s\" is negative"));
  BOOST_TEST(refuses(statuses(R"({"status":"offline","after":"11000d"})"), "longer than 10 years"));
  BOOST_TEST(refuses(statuses(R"({"status":"offline","after":60})"), "must be a duration such as"));
}

BOOST_AUTO_TEST_CASE(what_people_see_is_checked) {
  const auto with = [](const std::string& key) {
    return statuses(R"({"status":"offline","after":"1m",)" + key + "}");
  };
  BOOST_TEST(refuses(with(R"("color":"red")"), "must be #rrggbb"));
  BOOST_TEST(refuses(with(R"("color":"#12345g")"), "must be #rrggbb"));
  BOOST_TEST(verdict(with(R"("color":"#12AbcF")")) == "ok");
  BOOST_TEST(refuses(with(R"("label":"")"), "must not be empty"));
  BOOST_TEST(refuses(with(R"("interaction":"deny")"), "must be one of \"allow\", \"notify_on_interaction\""));
  BOOST_TEST(refuses(with(R"("interaction":3)"), "must be one of \"allow\", \"notify_on_interaction\""));
  BOOST_TEST(verdict(with(R"("interaction":{"disable":"all","notify_on_open":true})")) == "ok");
  BOOST_TEST(refuses(with(R"("interaction":{"disable":"some"})"),
                     "interaction.disable: must be one of \"none\", \"controls\", \"all\""));
  BOOST_TEST(refuses(with(R"("interaction":{"notify_on_open":1})"), "must be true or false"));
  BOOST_TEST(refuses(with(R"("show":{"timeline":1})"), "show.timeline: must be true or false"));
  BOOST_TEST(refuses(with(R"("show":{"timeline":true},"timeline":false)"), "is there twice"));
  BOOST_TEST(refuses(with(R"("commands":"drop")"), "must be one of \"allow\", \"queue\", \"deny\""));
  BOOST_TEST(refuses(with(R"("timeline":1)"), "must be true or false"));
  BOOST_TEST(verdict(with(R"("message":"Line 1\nLine 2","timeline":false)")) == "ok");
  BOOST_TEST(refuses(with("\"message\":\"" + std::string(5000, 'x') + "\""), "at most 4096"));
}

BOOST_AUTO_TEST_CASE(an_interaction_is_a_word_or_says_each_part) {
  const auto read = [](const std::string& keys) {
    const auto config = parse_config(statuses(R"({"status":"offline","after":"1m",)" + keys + "}"), "r.json");
    return config.value().find_template("t")->statuses[1];
  };
  BOOST_TEST((read(R"("interaction":{"disable":"controls","notify_on_open":true})").interaction ==
              Interaction{.disable = Interaction::Disable::controls, .notify_on_open = true}));
  BOOST_TEST((read(R"("interaction":{})").interaction == Interaction{}));
  for (const auto word : kInteractionWords) {
    const auto status = read(R"("interaction":")" + std::string(word) + "\"");
    BOOST_TEST((status.interaction == interaction_of(word)));
    BOOST_TEST(status.message == (word == "allow" ? "" : "Device is Offline"));
  }
  BOOST_TEST(read(R"("label":"Gone","icon":"x")").message == "Device is Gone");
  BOOST_TEST(read(R"("message":"")").message.empty());
}

BOOST_AUTO_TEST_CASE(where_a_status_is_shown_is_said_at_once_or_by_part) {
  const auto read = [](const std::string& keys) {
    const auto config = parse_config(
        R"({"channels":{"ops":{"webhook":"https://example.com"}},"templates":{"t":{"statuses":[)"
        R"({"status":"online"},{"status":"offline","after":"1m","notify":{"channels":["ops"]},)" +
            keys + "}]}}}",
        "r.json");
    return config.value().templates.back();
  };
  const auto all = read(R"("show":{})");
  BOOST_TEST(all.statuses[1].timeline);
  BOOST_TEST(all.statuses[1].notify.has_value());
  BOOST_TEST((all.counts_as("offline") == CountsAs::down));
  const auto none = read(R"("show":{"timeline":false,"notifications":false,"reports":false})");
  BOOST_TEST(!none.statuses[1].timeline);
  BOOST_TEST(!none.statuses[1].notify.has_value());
  BOOST_TEST((none.counts_as("offline") == CountsAs::neither));
  BOOST_TEST(!read(R"("timeline":false,"show":{"reports":false})").statuses[1].timeline);
  BOOST_TEST((read(R"("counts_as":"up","show":{"reports":false})").counts_as("offline") == CountsAs::up));
}

BOOST_AUTO_TEST_CASE(online_always_allows_interaction) {
  const auto online = [](const std::string& interaction) {
    return R"({"templates":{"t":{"statuses":[{"status":"online","interaction":")" + interaction +
           R"("},{"status":"offline","after":"1m"}]}}})";
  };
  BOOST_TEST(verdict(online("allow")) == "ok");
  BOOST_TEST(refuses(online("disable_all"), "must be \"allow\" in the status online"));
}

BOOST_AUTO_TEST_CASE(only_the_last_status_is_forgotten) {
  BOOST_TEST(verdict(statuses(R"({"status":"offline","after":"1m","forget_after":"1d"})")) == "ok");
  BOOST_TEST(refuses(
      statuses(R"({"status":"offline","after":"1m","forget_after":"1d"},{"status":"gone","after":"1m"})"),
      "templates.t.statuses[1].forget_after: only the last status"));
}

BOOST_AUTO_TEST_CASE(notifications_go_to_channels_that_there_are) {
  const auto notify = [](const std::string& value) {
    return R"({"channels":{"ops":{"webhook":"http://x"}},)" +
           statuses(R"({"status":"offline","after":"1m","notify":)" + value + "}").substr(1);
  };
  BOOST_TEST(verdict(notify(R"({"period":"1h","every":3,"channels":["ops"]})")) == "ok");
  BOOST_TEST(verdict(notify(R"("off")")) == "ok");
  BOOST_TEST(refuses(notify(R"({"channels":["oops"]})"),
                     R"(there is no channel "oops" in "channels"; there: "ops")"));
  BOOST_TEST(refuses(notify(R"({"channels":["ops","ops"]})"), "twice"));
  BOOST_TEST(refuses(notify(R"({"every":0})"), "a whole number from 1"));
}

BOOST_AUTO_TEST_CASE(texts_of_notifications_have_placeholders_that_there_are) {
  const auto text = [](const std::string& value) {
    return statuses(R"({"status":"offline","after":"1m","notify":{"text":")" + value + "\"}}");
  };
  BOOST_TEST(
      verdict(text(
          "{device} {label} {status} {previous} {cause} {since} {last_seen} {template} {count} {url}")) ==
      "ok");
  BOOST_TEST(verdict(text("{ 50 % }")) != "ok");
  BOOST_TEST(verdict(text("an open { is a text")) == "ok");
  BOOST_TEST(refuses(text("{device} is {lable}"),
                     R"(there is no placeholder "{lable}"; there are {device}, {label}, )"));
}

BOOST_AUTO_TEST_CASE(hours_of_mute_are_days_times_and_a_zone_that_there_is) {
  const auto mute = [](const std::string& value) {
    return R"({"templates":{"t":{"mute":[)" + value +
           R"(],"statuses":[{"status":"online"},{"status":"offline","after":"1m"}]}}})";
  };
  for (const auto* const good :
       {"{}", R"({"days":"sat-sun","from":"22:00","to":"06:00","zone":"Europe/Berlin"})",
        R"({"days":"fri-mon,wed"})", R"({"from":"23:59"})", R"({"to":"24:00"})"}) {
    BOOST_TEST_CONTEXT(good) { BOOST_TEST(verdict(mute(good)) == "ok"); }
  }
  for (const auto* const bad : {"someday", "sat-", "sat,", "Sat", "sat - sun"}) {
    BOOST_TEST_CONTEXT(bad) {
      BOOST_TEST(refuses(mute(R"({"days":")" + std::string(bad) + "\"}"), "must be days such as"));
    }
  }
  for (const auto* const bad : {"24:01", "7:00", "07:60", "07:00:00", "noon"}) {
    BOOST_TEST_CONTEXT(bad) {
      BOOST_TEST(refuses(mute(R"({"from":")" + std::string(bad) + "\"}"), "must be a time of day"));
    }
  }
  BOOST_TEST(refuses(mute(R"({"from":"07:00","to":"07:00"})"), "must not be the same"));
  BOOST_TEST(refuses(mute(R"({"zone":"Europe/Atlantis"})"), R"(there is no time zone "Europe/Atlantis")"));
  BOOST_TEST(verdict(R"({"timezone":"Mars"})") ==
             R"(timezone: there is no time zone "Mars"; it must be a name such as "Europe/Berlin" or "UTC")");
}

BOOST_AUTO_TEST_CASE(incidents_go_by_groups_that_there_are) {
  const auto incident = [](const std::string& value) { return R"({"incident":)" + value + "}"; };
  BOOST_TEST(verdict(incident("{}")) == "ok");
  BOOST_TEST(verdict(incident(R"({"devices":2,"within":"0s","by":["address/1","address/128"]})")) == "ok");
  for (const auto* const bad : {"address", "address/", "address/0", "address/129", "address/24x", "Broker"}) {
    BOOST_TEST_CONTEXT(bad) {
      BOOST_TEST(
          refuses(incident(R"({"by":[")" + std::string(bad) + "\"]}"), "must be \"broker\", \"gateway\""));
    }
  }
  BOOST_TEST(refuses(incident(R"({"by":[]})"), "must name at least one"));
  BOOST_TEST(refuses(incident(R"({"by":["broker","broker"]})"), "twice"));
  BOOST_TEST(refuses(incident(R"({"channels":["ops"]})"), R"(there is no channel "ops")"));
  BOOST_TEST(refuses(incident(R"({"devices":1})"), "a whole number from 2"));
}

BOOST_AUTO_TEST_CASE(people_reach_the_console_at_an_address) {
  const auto url = [](const std::string& value) { return R"({"http":{"public_url":")" + value + "\"}}"; };
  for (const auto* const good : {"http://localhost:8080", "https://example.com/rollcall/"}) {
    BOOST_TEST_CONTEXT(good) { BOOST_TEST(verdict(url(good)) == "ok"); }
  }
  for (const auto* const bad : {"example.com", "ftp://example.com", "https://", "https://example.com/#/x"}) {
    BOOST_TEST_CONTEXT(bad) { BOOST_TEST(refuses(url(bad), "must be an address such as")); }
  }
}

BOOST_AUTO_TEST_CASE(branches_name_later_statuses) {
  const auto config = parsed(keys(R"("on_graceful":{"after":"7m"},"on_non_graceful":{"status":"offline"})"));
  const auto* const definition = config.find_template("t");
  BOOST_TEST(definition->on_graceful.status == 1U);
  BOOST_TEST((definition->on_graceful.after == 7min));
  BOOST_TEST(definition->on_non_graceful.status == 2U);
  BOOST_TEST((definition->on_non_graceful.after == 1h));
  BOOST_TEST(
      verdict(keys(R"("on_graceful":{"status":"gone"})")) ==
      R"(templates.t.on_graceful.status: the template has no status "gone"; it must be one of "standby", "offline")");
  BOOST_TEST(refuses(keys(R"("on_non_graceful":{"status":"online"})"), "can't be \"online\""));
  BOOST_TEST(refuses(keys(R"("on_graceful":"standby")"), "must be an object"));
}

BOOST_AUTO_TEST_CASE(causes_are_known_and_named_once) {
  BOOST_TEST(refuses(keys(R"("graceful_causes":["unkown"])"), "must be one of \"client_disconnect\""));
  BOOST_TEST(refuses(keys(R"("graceful_causes":["kicked","kicked"])"), "names the cause \"kicked\" twice"));
  const auto config = parsed(keys(R"("graceful_causes":["kicked"])"));
  BOOST_TEST(is_graceful(*config.find_template("t"), Cause::kicked, false));
  BOOST_TEST(!is_graceful(*config.find_template("t"), Cause::client_disconnect, false));
}

BOOST_AUTO_TEST_CASE(being_late_needs_a_time_and_a_status) {
  BOOST_TEST(verdict(keys(R"("report_every":"1h","on_late":"standby")")) == "ok");
  BOOST_TEST(refuses(keys(R"("report_every":"1h")"), "needs on_late"));
  BOOST_TEST(refuses(keys(R"("on_late":"standby")"), "needs report_every"));
  BOOST_TEST(refuses(keys(R"("report_grace":"1h")"), "needs report_every"));
  BOOST_TEST(refuses(keys(R"("report_every":"1h","on_late":"online")"), "can't be \"online\""));
  BOOST_TEST(refuses(keys(R"("report_every":"1h","on_late":"lost")"), "has no status \"lost\""));
}

BOOST_AUTO_TEST_CASE(flapping_is_whole) {
  BOOST_TEST(verdict(keys(R"("flapping":{"changes":6,"within":"10m","hold":"10m"})")) == "ok");
  BOOST_TEST(refuses(keys(R"("flapping":{"changes":6,"within":"10m"})"), "the key \"hold\" is missing"));
  BOOST_TEST(refuses(keys(R"("flapping":{"changes":0,"within":"10m","hold":"1m"})"), "whole number from 1"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace rollcall
