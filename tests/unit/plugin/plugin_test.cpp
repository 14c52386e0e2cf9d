// SPDX-License-Identifier: Apache-2.0
// What the parts of the plugin make together, where that is more than each of them.
#include "plugin/plugin.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/plugin/fake_broker.hpp"
#include "tests/unit/plugin/outgoing.hpp"
#include "topics/protocol/stream.hpp"

using namespace rollcall;
using namespace rollcall::plugin;

namespace {

/// A broker of 2.0 that never ticks, as 2.0.11 with per_listener_settings: an end is an end, and then nothing
/// is called until somebody does something.
struct Fixture {
  FakeBroker broker;
  Plugin plugin{options(), broker, false, 1};
  const ClientHandle bridge = broker.add(1, "rollcall-bridge", 5);

  Fixture() { BOOST_TEST_REQUIRE((plugin.basic_auth(bridge, "rollcall", "geheim") == Verdict::allow)); }

  static Options options() {
    Options options;
    options.bridge_secret = "geheim";
    return options;
  }
  bool may_write(ClientHandle client, const std::string& topic) {
    return plugin.acl_check(client, Access::write, topic.c_str(), "") == Verdict::allow;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(plugin_as_a_whole, Fixture)

BOOST_AUTO_TEST_CASE(a_bridge_that_has_left_has_its_will_to_write) {
  BOOST_TEST(may_write(bridge, "ds/status/pump"));
  plugin.disconnected(bridge, std::nullopt);
  BOOST_TEST(may_write(bridge, "ds/bridge"));
}

BOOST_AUTO_TEST_CASE(who_gets_the_address_of_a_bridge_that_has_left_writes_nothing) {
  plugin.disconnected(bridge, std::nullopt);
  // Logged in by certificate, so that no plugin was asked.
  BOOST_TEST(!may_write(broker.add(1, "mallory"), "ds/status/pump"));
  BOOST_TEST(!may_write(bridge, "ds/bridge"));
}

BOOST_AUTO_TEST_CASE(a_will_is_written_once) {
  plugin.disconnected(bridge, std::nullopt);
  BOOST_TEST(may_write(bridge, "ds/bridge"));
  BOOST_TEST(!may_write(broker.add(1, "mallory"), "ds/bridge"));
}

BOOST_AUTO_TEST_SUITE_END()

namespace {

/// A broker of 2.1 with a bridge that has said hello.
struct Turns : Fixture {
  Plugin plugin{options(), broker, true, 1};
  std::uint64_t next_number = 0;
  std::vector<std::string> bytes;  // which records are views of

  Turns() {
    plugin.basic_auth(bridge, "rollcall", "geheim");
    plugin.connected(bridge);
    plugin.control(bridge, encode_request({1, 1, request::Hello{"ds"}}));
    end_turn();
    next_number = 0;
  }
  ClientHandle connect(std::uintptr_t number, const std::string& id) {
    const auto client = broker.add(number, id);
    plugin.connected(client);
    return client;
  }
  /// The loop's next turn begins: what was published leaves. The records, whose numbers must follow each
  /// other.
  std::vector<StreamRecord> end_turn() {
    std::vector<StreamRecord> records;
    for (const auto& message : std::exchange(broker.messages, {})) {
      auto left = what_leaves(plugin, message);
      if (!left) continue;
      if (const auto again = what_leaves(plugin, message)) BOOST_TEST(*again == *left);
      bytes.push_back(*std::move(left));
      const auto decoded = decode_stream_message(bytes.back()).value();
      if (next_number != 0) BOOST_TEST(decoded.header.first_number == next_number);
      next_number = decoded.header.first_number + decoded.records.size();
      records.insert(records.end(), decoded.records.begin(), decoded.records.end());
    }
    plugin.tick();
    return records;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(turns_of_2_1, Turns)

BOOST_AUTO_TEST_CASE(an_end_is_emitted_in_its_own_turn_and_knows_whether_a_will_was_sent) {
  const auto quiet = connect(2, "quiet");
  const auto with_will = connect(3, "with will");
  end_turn();
  plugin.disconnected(quiet, 7);
  plugin.disconnected(with_will, 7);
  plugin.acl_check(with_will, Access::write, "will", "");
  const auto records = end_turn();
  BOOST_TEST_REQUIRE(records.size() == 2U);
  BOOST_TEST(!std::get<stream::Ended>(records[0]).will_sent);
  BOOST_TEST(std::get<stream::Ended>(records[1]).will_sent);
}

BOOST_AUTO_TEST_CASE(what_happens_in_one_turn_leaves_as_one_message) {
  for (std::uintptr_t number = 2; number < 12; ++number) connect(number, "c" + std::to_string(number));
  BOOST_TEST(broker.messages.size() == 1U);
  BOOST_TEST(end_turn().size() == 10U);
}

BOOST_AUTO_TEST_CASE(news_never_overtake_what_was_sent_before_them) {
  const auto a = connect(2, "a");
  plugin.control(bridge, encode_request({1, 2, request::Ping{}}));  // is answered at once, with what is new
  plugin.disconnected(a, 7);
  connect(3, "b");
  BOOST_TEST(end_turn().size() == 3U);
  // More than one message takes.
  for (std::uintptr_t number = 10; number < 3000; ++number) connect(number, std::string(100, 'c'));
  connect(3001, "d");
  BOOST_TEST(end_turn().size() + end_turn().size() == 2991U);
}

BOOST_AUTO_TEST_CASE(what_found_no_way_out_in_its_turn_goes_with_the_tick) {
  connect(2, "a");
  broker.messages.clear();
  plugin.tick();
  BOOST_TEST(end_turn().size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_placeholder_that_comes_late_leaves_nothing_and_others_messages_leave_as_they_are) {
  connect(2, "a");
  const auto late = broker.messages.back();
  end_turn();
  connect(3, "b");
  BOOST_TEST(!what_leaves(plugin, late).has_value());
  BOOST_TEST(end_turn().size() == 1U);
  BOOST_TEST((what_leaves(plugin, {"other/topic", late.payload}) == late.payload));
}

BOOST_AUTO_TEST_SUITE_END()
