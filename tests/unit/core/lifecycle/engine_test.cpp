// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>

#include "tests/unit/core/lifecycle/engine_fixture.hpp"

namespace rollcall::test {

BOOST_AUTO_TEST_SUITE(engine)

BOOST_AUTO_TEST_CASE(a_payload_has_every_field_of_the_contract_in_its_order) {
  auto definition = one_minute("pump");
  definition.statuses[1].interaction = *interaction_of("disable_controls");
  definition.statuses[1].commands = CommandPolicy::queue;
  definition.statuses[1].message = "gone";
  Bench bench(definition);
  const auto id = bench.connect("pump-7", 45s, "pump");
  bench.at(68s);
  bench.end(id, Cause::keepalive_timeout);
  const auto& changed = std::get<StatusChanged>(bench.last.back());
  BOOST_TEST(changed.encoded_device == "pump-7");
  BOOST_TEST(
      to_json(changed.status) ==
      R"({"device":"pump-7","status":"offline","label":"The offline","color":"#123456","icon":"dot",)"
      R"("connected":false,"since":"2001-09-09T01:47:48.000Z","previous":"online",)"
      R"("cause":"keepalive_timeout","graceful":false,"last_seen":"2001-09-09T01:46:41.000Z",)"
      R"("next":{"status":"inactive","at":"2001-09-09T02:47:48.000Z"},"template":"pump",)"
      R"("interaction":{"disable":"controls","notify_on_open":false,"notify_on_interaction":false},"commands":"queue","queued":0,"message":"gone","flapping":false,"conflict":false,"seq":104})");
}

BOOST_AUTO_TEST_CASE(seq_grows_with_every_row_and_payload_and_starts_above_the_first) {
  Bench bench(one_minute());
  const auto id = bench.connect("a");
  BOOST_TEST(std::get<RowAdded>(bench.last.at(0)).row.seq == 101U);
  BOOST_TEST(bench.retained("a").at("seq") == 102);
  bench.connect("b");
  BOOST_TEST(bench.retained("b").at("seq") == 104);
  bench.end(id);
  BOOST_TEST(bench.retained("a").at("seq") == 105);
  bench.at(24h);
  BOOST_TEST(std::get<RowAdded>(bench.last.at(0)).row.seq == 106U);
  BOOST_TEST(std::get<RowAdded>(bench.last.at(1)).row.seq == 107U);
  BOOST_TEST(bench.retained("a").at("seq") == 108);
}

BOOST_AUTO_TEST_CASE(the_row_of_a_connect_tells_the_connection) {
  Bench bench(one_minute());
  bench.connect("pump/7");
  const auto& added = std::get<RowAdded>(bench.last.at(0));
  const TimelineRow& row = added.row;
  BOOST_TEST(row.device == "pump/7");
  BOOST_TEST(added.encoded_device == "pump%2F7");
  BOOST_TEST(added.template_name == "default");
  BOOST_TEST(row.client_id == "client 1");
  BOOST_TEST(row.address == "192.0.2.1");
  BOOST_TEST(row.broker == "one");
  BOOST_TEST(!row.graceful.has_value());
  BOOST_TEST(added.on_timeline);
}

BOOST_AUTO_TEST_CASE(rows_into_a_status_that_is_not_shown_on_the_timeline_say_so) {
  auto definition = one_minute();
  definition.statuses[1].timeline = false;
  Bench bench(definition);
  bench.end(bench.connect());
  bench.at(24h);
  BOOST_TEST(!std::get<RowAdded>(bench.last.at(0)).on_timeline);
  BOOST_TEST(std::get<RowAdded>(bench.last.at(1)).on_timeline);
}

BOOST_AUTO_TEST_CASE(the_last_statuses_come_again_to_the_byte_in_the_order_of_first_contact) {
  Bench bench(one_minute());
  std::map<std::string, std::string> published;
  const auto note = [&] {
    for (const auto& effect : bench.last) {
      if (const auto* changed = std::get_if<StatusChanged>(&effect))
        published[std::string(changed->encoded_device)] = to_json(changed->status);
    }
  };
  for (const char* device : {"z", "a", "m"}) {
    const auto id = bench.connect(device);
    note();
    if (*device == 'a') bench.end(id);
    note();
  }
  bench.at(10s);
  bench.report("z");
  bench.at(1min);
  note();
  std::vector<std::string> order;
  bench.engine.for_each_status([&](std::string_view encoded_device, const Status& status) {
    order.emplace_back(encoded_device);
    BOOST_TEST(to_json(status) == published.at(std::string(encoded_device)));
  });
  BOOST_TEST(order == (std::vector<std::string>{"z", "a", "m"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_fleet_is_counted_by_template_and_status) {
  Bench bench({one_minute("default"), one_minute("pump")});
  BOOST_TEST(bench.engine.fleet().devices == 0U);
  bench.connect("a");
  bench.end(bench.connect("b", 60s, "pump"));
  bench.at(1min);
  bench.report("c", "pump");
  const FleetCounts counts = bench.engine.fleet();
  BOOST_TEST(counts.devices == 3U);
  BOOST_TEST(counts.connected == 1U);
  BOOST_TEST(counts.flapping == 0U);
  BOOST_TEST(
      to_json(counts) ==
      R"({"devices":3,"connected":1,"flapping":0,"templates":{"default":{"inactive":0,"offline":0,"online":1},)"
      R"("pump":{"inactive":0,"offline":1,"online":1}}})");
  BOOST_TEST(bench.engine.device_count() == 3U);
}

BOOST_AUTO_TEST_CASE(an_id_that_is_no_device_changes_nothing) {
  Bench bench(one_minute());
  for (const std::string& id :
       {std::string(), std::string(513, 'x'), std::string(400, '/'), std::string("\xFF")}) {
    bench.connect(id);
    BOOST_TEST(bench.last.empty());
    bench.report(id);
    BOOST_TEST(bench.last.empty());
  }
  BOOST_TEST(bench.engine.device_count() == 0U);
}

BOOST_AUTO_TEST_CASE(from_a_contact_on_a_device_goes_by_the_template_of_that_contact) {
  Bench bench({one_minute(), lifecycle({status("online"), status("offline", 5s)}, "pump")});
  bench.end(bench.connect());
  bench.at(2h);
  bench.rows();
  const auto id = bench.connect("a", 60s, "pump");
  BOOST_TEST(bench.rows() == Rows{"7200 a inactive>online connect"});
  BOOST_TEST(bench.retained().at("template") == "pump");
  BOOST_TEST(bench.retained().at("previous") == "inactive");
  bench.end(id);
  BOOST_TEST(bench.retained().at("next").at("at") == time_text(2h + 5s));
}

BOOST_AUTO_TEST_CASE(a_second_connection_with_another_template_publishes_it) {
  Bench bench({one_minute(), one_minute("pump")});
  bench.connect();
  bench.rows();
  bench.connect("a", 60s, "pump");
  BOOST_TEST(bench.rows().empty());
  BOOST_TEST(bench.retained().at("template") == "pump");
}

BOOST_AUTO_TEST_CASE(a_moved_engine_goes_on) {
  Engine engine({{one_minute()}, {"zero", "one"}});
  engine.handle(Reported{"a", "default", kStart}, kStart);
  Engine moved = std::move(engine);
  const auto effects = moved.advance(kStart + 1min);
  BOOST_REQUIRE(effects.size() == 2U);
  BOOST_TEST(std::get<RowAdded>(effects[0]).row.from == "online");
  BOOST_TEST(std::get<RowAdded>(effects[0]).row.to == "offline");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall::test
