// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/query/device_scan.hpp"

#include <random>
#include <set>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "base/lower_case.hpp"
#include "tests/unit/core/lifecycle/engine_fixture.hpp"

namespace rollcall::test {
namespace {

using Devices = std::vector<std::string>;

struct Fixture : Bench {
  Fixture() : Bench({one_minute(), one_minute("other")}) {}

  DeviceScan scan(DeviceFilter filter, DeviceOrder order = DeviceOrder::by_device, std::string after = {},
                  std::size_t limit = 100) {
    DeviceScan made(std::move(filter), order, std::move(after), limit);
    while (!made.look_on(engine, now(), 3)) {
    }
    return made;
  }
  Devices list(DeviceFilter filter, DeviceOrder order = DeviceOrder::by_device, std::string after = {},
               std::size_t limit = 100) {
    Devices devices;
    for (auto& found : scan(std::move(filter), order, std::move(after), limit).take())
      devices.push_back(found.device);
    return devices;
  }
};

BOOST_FIXTURE_TEST_SUITE(device_scan, Fixture)

BOOST_AUTO_TEST_CASE(pages_come_in_the_order_of_the_ids) {
  for (const char* const device : {"d", "b", "e", "a", "c"}) connect(device);
  BOOST_TEST(list({}) == (Devices{"a", "b", "c", "d", "e"}));
  BOOST_TEST(list({}, DeviceOrder::by_device, "", 2) == (Devices{"a", "b"}));
  BOOST_TEST(list({}, DeviceOrder::by_device, "b", 2) == (Devices{"c", "d"}));
  auto page = scan({}, DeviceOrder::by_device, "c", 2);
  BOOST_TEST(!page.has_more());
  BOOST_TEST(page.total() == 5U);
  BOOST_TEST(scan({}, DeviceOrder::by_device, "b", 2).has_more());
}

BOOST_AUTO_TEST_CASE(the_latest_change_comes_first) {
  for (const char* const device : {"a", "b", "c"}) {
    at(now() - kStart + 1s);
    connect(device);
  }
  BOOST_TEST(list({}, DeviceOrder::latest_since) == (Devices{"c", "b", "a"}));
  BOOST_TEST(list({}, DeviceOrder::latest_last_seen) == (Devices{"c", "b", "a"}));
}

BOOST_AUTO_TEST_CASE(all_that_a_filter_names_must_hold) {
  connect("one");
  const auto gone = connect("two");
  connect("three", 60s, "other");
  end(gone);
  at(now() - kStart + 2min);

  DeviceFilter filter;
  filter.statuses = {"offline"};
  BOOST_TEST(list(filter) == Devices{"two"});
  filter.templates = {"other"};
  BOOST_TEST(list(filter).empty());
  filter.statuses.clear();
  BOOST_TEST(list(filter) == Devices{"three"});

  DeviceFilter connected;
  connected.connected = true;
  BOOST_TEST(list(connected) == (Devices{"one", "three"}));
  connected.connected = false;
  BOOST_TEST(list(connected) == Devices{"two"});

  DeviceFilter at_broker;
  at_broker.brokers = {1};
  BOOST_TEST(list(at_broker) == (Devices{"one", "three", "two"}));
  at_broker.brokers = {0, 2};
  BOOST_TEST(list(at_broker).empty());

  DeviceFilter part;
  part.part = lower_case("CLIENT 1");
  BOOST_TEST(list(part) == Devices{"one"});
  part.part = "192.0.2";
  BOOST_TEST(list(part).size() == 3U);
  part.part = "hre";
  BOOST_TEST(list(part) == Devices{"three"});
}

BOOST_AUTO_TEST_CASE(traits_match_as_the_device_does) {
  connect("Pump");
  std::vector<DeviceFilter> filters(6);
  filters[0].statuses = {"online"};
  filters[1].statuses = {"offline"};
  filters[2].part = "pump";
  filters[3].part = "valve";
  filters[4].brokers = {1};
  filters[5].brokers = {0};
  engine.summarize("Pump", [&](const DeviceSummary& device) {
    for (const auto& filter : filters)
      BOOST_TEST(matches(filter, traits_of(device, now())) == matches(filter, device, now()));
    BOOST_TEST(matches(filters[0], device, now()));
    BOOST_TEST(!matches(filters[3], device, now()));
  });
}

// What http.md promises of cursors: no device that stays is left out or comes twice, whatever else happens.
BOOST_AUTO_TEST_CASE(page_by_page_each_device_that_stays_comes_once) {
  std::mt19937 random(7);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same each time
  std::set<std::string> staying;
  for (int i = 0; i < 300; ++i) {
    const auto device = fmt::format("stays-{:03}", (i * 7919) % 1000);
    if (staying.insert(device).second) connect(device);
  }
  std::multiset<std::string> seen;
  std::string after;
  for (bool has_more = true; has_more;) {
    DeviceScan page({}, DeviceOrder::by_device, after, 17);
    while (!page.look_on(engine, now(), 50)) {
      // Others come and go between two portions.
      const auto device = fmt::format("passes-{}", random() % 50);
      if (engine.knows(device)) {
        std::ignore = engine.apply(ForgetDevice{device}, now());
      } else {
        end(connect(device));
      }
    }
    has_more = page.has_more();
    for (auto& found : page.take()) seen.insert(after = found.device);
  }
  for (const auto& device : staying) BOOST_TEST(seen.count(device) == 1U, device);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace rollcall::test
