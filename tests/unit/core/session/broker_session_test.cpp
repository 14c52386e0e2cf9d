// SPDX-License-Identifier: Apache-2.0
// What a session tells its owner, and how it goes on by what the owner made of it. tests/unit/whole has the
// rest, with a plugin at the other end.
#include "bridge/core/session/broker_session.hpp"

#include <boost/test/unit_test.hpp>

using namespace rollcall;

namespace {

constexpr std::uint64_t kBoot = 5;

struct Fixture {
  BrokerSession session{0, {"ds", 7, false, 100}};
  Time now{Millis{1'000'000}};
  std::uint64_t next_number = 0;
  bool refuses = false;
  std::vector<Request> requests;
  std::vector<std::string> keep;

  Fixture() {
    session.link_up(now, 0);
    take();
  }
  /// The names of the events, requests left out.
  std::vector<std::string> take() {
    std::vector<std::string> names;
    while (const auto event = session.next_event()) {
      if (const auto* request = std::get_if<session_event::SendRequest>(&*event)) {
        requests.push_back(decode_request(keep.emplace_back(request->bytes)).value());
      } else if (std::holds_alternative<session_event::BrokerAnswered>(*event)) {
        names.emplace_back("answered");
        if (refuses) session.link_down(now);
      } else if (std::holds_alternative<session_event::ClockCompared>(*event)) {
        names.emplace_back("compared");
      } else if (std::holds_alternative<BrokerFound>(*event)) {
        names.emplace_back("found");
      } else if (std::holds_alternative<session_event::BrokerReturned>(*event)) {
        names.emplace_back("returned");
        session.publish({"topic", "by the owner", 1, true});
      } else if (std::holds_alternative<session_event::PluginStateChanged>(*event)) {
        names.emplace_back("state");
      } else if (std::holds_alternative<session_event::PluginGreeted>(*event)) {
        names.emplace_back("greeted");
      } else if (const auto* opened = std::get_if<session_event::Opened>(&*event)) {
        names.push_back("opened " + std::string(opened->facts.client_id));
      } else if (std::holds_alternative<session_event::Synced>(*event)) {
        names.emplace_back("synced");
      } else if (std::holds_alternative<session_event::Watermark>(*event)) {
        names.emplace_back("watermark");
      } else if (std::holds_alternative<BrokerAway>(*event)) {
        names.emplace_back("away");
      } else {
        names.emplace_back("other");
      }
    }
    return names;
  }
  std::vector<std::string> receive(const std::vector<StreamRecord>& records, std::uint64_t boot = kBoot) {
    StreamBatch batch;
    for (const auto& record : records) batch.add(record);
    const auto& last = requests.back();
    const auto bytes = batch.message({boot, 5000, last.session, last.number, next_number});
    next_number += records.size();
    session.receive(bytes, now);
    return take();
  }
  stream::Hello hello() const {
    stream::Hello hello;
    hello.plugin_version = "1";
    hello.broker_name = "mosquitto";
    return hello;
  }
  std::vector<std::string> receive_snapshot(const std::vector<StreamRecord>& rows = {}) {
    const auto id = std::get<request::Snapshot>(requests.back().body).snapshot;
    std::vector<StreamRecord> records{stream::SnapshotBegin{id, 10}};
    records.insert(records.end(), rows.begin(), rows.end());
    records.emplace_back(stream::SnapshotEnd{id});
    return receive(records);
  }
};

using Names = std::vector<std::string>;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(broker_session, Fixture)

BOOST_AUTO_TEST_CASE(it_greets_and_then_asks_for_a_snapshot) {
  BOOST_TEST(requests.size() == 1U);
  BOOST_TEST(std::holds_alternative<request::Hello>(requests.at(0).body));
  BOOST_TEST(receive({hello()}) == (Names{"answered", "compared", "found", "state", "greeted"}));
  BOOST_TEST(std::holds_alternative<request::Rules>(requests.at(1).body));
  BOOST_TEST(std::holds_alternative<request::Snapshot>(requests.at(2).body));
  const ConnectionFacts facts{"pump", "user", "10.0.0.1"};
  BOOST_TEST(receive_snapshot({stream::Live{3, Millis{4000}, facts}}) ==
             (Names{"watermark", "opened pump", "synced", "watermark"}));
  BOOST_TEST(session.is_watching());
  BOOST_TEST(receive({stream::Opened{4, Millis{5000}, facts}}) ==
             (Names{"watermark", "opened pump", "watermark"}));
}

BOOST_AUTO_TEST_CASE(a_broker_that_is_refused_is_not_told_of) {
  refuses = true;
  BOOST_TEST(receive({hello()}) == (Names{"answered", "away"}));
  BOOST_TEST(session.is_down());
  BOOST_TEST(requests.size() == 1U);
  BOOST_TEST(!session.is_answered());
}

BOOST_AUTO_TEST_CASE(what_the_owner_publishes_at_a_return_goes_before_what_was_under_way) {
  receive({hello()});
  receive_snapshot();
  session.publish({"topic", "of before", 1, true});
  session.advance(now, {});
  take();
  session.link_down(now);
  BOOST_TEST(take() == Names{"away"});
  session.link_up(now, 0);
  take();
  next_number = 0;
  BOOST_TEST(receive({hello()}, kBoot + 1) == (Names{"answered", "watermark", "returned", "greeted"}));
  receive({}, kBoot + 1);  // the rules and the snapshot are done
  const auto* publish = std::get_if<request::Publish>(&requests.back().body);
  BOOST_REQUIRE(publish != nullptr);
  BOOST_TEST(publish->publications.size() == 1U);
  BOOST_TEST(publish->publications.at(0).payload == "by the owner");
}

BOOST_AUTO_TEST_CASE(a_gap_leads_to_a_new_snapshot) {
  receive({hello()});
  receive_snapshot();
  const auto before = requests.size();
  ++next_number;  // one was lost
  BOOST_TEST(receive({}) == Names{});
  BOOST_TEST(requests.size() == before + 1);
  BOOST_TEST(std::holds_alternative<request::Snapshot>(requests.back().body));
  BOOST_TEST(!session.is_watching());
}

BOOST_AUTO_TEST_SUITE_END()
