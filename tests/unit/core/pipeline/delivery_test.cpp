// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/pipeline/delivery.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/core/lifecycle/engine_fixture.hpp"

namespace rollcall::test {
namespace {

/// Notes what it gets in a list that it shares with others.
struct Noting : EffectConsumer {
  Noting(std::string its_name, std::vector<std::string>& noted_by_all)
      : name(std::move(its_name)), noted(noted_by_all) {}

  void status_changed(const StatusChanged& effect, EffectPayload& payload) override {
    noted.push_back(name + " status " + std::string(effect.status.status));
    json = payload.json();
  }
  void row_added(const RowAdded& effect, EffectPayload& payload) override {
    noted.push_back(name + " row " + std::string(effect.row.to));
    json = payload.json();
  }
  void device_forgotten(const DeviceForgotten& effect) override {
    noted.push_back(name + " forgotten " + std::string(effect.device));
  }

  std::string name;
  std::vector<std::string>& noted;
  std::string_view json;
};

struct Deaf : EffectConsumer {};

}  // namespace

BOOST_AUTO_TEST_SUITE(delivery)

BOOST_AUTO_TEST_CASE(each_effect_goes_to_all_consumers_in_their_order_and_then_the_next_one) {
  std::vector<std::string> noted;
  Noting first("first", noted);
  Delivery delivery;
  delivery.add(first);
  delivery.add(std::make_unique<Deaf>());
  delivery.add(std::make_unique<Noting>("second", noted));
  Bench bench(one_minute());
  bench.connect();
  delivery.apply(bench.last);
  const std::vector<std::string> expected{"first row online", "second row online", "first status online",
                                          "second status online"};
  BOOST_TEST(noted == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_payload_is_written_once) {
  std::vector<std::string> noted;
  Noting first("first", noted), second("second", noted);
  Delivery delivery;
  delivery.add(first);
  delivery.add(second);
  Bench bench(one_minute());
  bench.connect();
  delivery.apply(bench.last);
  BOOST_TEST(first.json == to_json(std::get<StatusChanged>(bench.last.back()).status));
  BOOST_TEST(static_cast<const void*>(first.json.data()) == static_cast<const void*>(second.json.data()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall::test
