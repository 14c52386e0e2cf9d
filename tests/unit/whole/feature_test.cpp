// SPDX-License-Identifier: Apache-2.0
// What runs in the whole bridge beside the engine.
#include "bridge/core/pipeline/feature.hpp"

#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "tests/unit/whole/world.hpp"

using namespace rollcall;
using namespace rollcall::testing;
using namespace std::chrono_literals;

namespace {

/// Counts rows, stores that it has some, and waits a minute after each advance() that had news.
class RowCounter final : public Feature {
 public:
  void row_added(const RowAdded& /*effect*/, EffectPayload& /*payload*/) override { ++collected_; }
  void advance(const Engine& engine, Time now) override {
    devices = engine.device_count();
    if (now >= due_) {
      ++times_due;
      due_ = Time::max();
    }
    if (collected_ == 0) return;
    counted += std::exchange(collected_, 0);
    due_ = now + 1min;
    has_news_ = true;
  }
  Time next_deadline() const override { return due_; }
  bool has_changes() const override { return has_news_; }
  void add_changes(StoreBatch& /*batch*/) override {
    has_news_ = false;
    ++handed_over;
  }
  void stored(Time /*now*/) override { stored_through = handed_over; }
  void clock_stepped(Millis by, Time /*now*/) override { steps.push_back(by); }
  void reload(const Config& config, Time /*now*/) override { prefix = config.topic_prefix; }

  std::size_t devices = 0, counted = 0, times_due = 0, handed_over = 0, stored_through = 0;
  std::vector<Millis> steps;
  std::string prefix;

 private:
  std::size_t collected_ = 0;
  Time due_ = Time::max();
  bool has_news_ = false;
};

struct Fixture {
  World world{true};
  RowCounter feature;

  Fixture() {
    world.bridge().add_feature(feature);
    world.connect_link();
    world.settle();
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(features, Fixture)

BOOST_AUTO_TEST_CASE(a_feature_hears_of_effects_and_is_called_once_they_are_all_there) {
  world.connect("a");
  world.connect("b");
  world.settle();
  BOOST_TEST(feature.counted == 2U);
  BOOST_TEST(feature.devices == 2U);
}

BOOST_AUTO_TEST_CASE(a_feature_has_waits_of_its_own) {
  world.connect("a");
  world.tick();
  world.deliver();
  BOOST_TEST(feature.times_due == 0U);
  BOOST_TEST((world.bridge().next_deadline() <= world.now() + 1min));
  world.pass(61s);
  BOOST_TEST(feature.times_due == 1U);
}

BOOST_AUTO_TEST_CASE(what_a_feature_has_for_the_store_is_written_until_it_is_stored) {
  const auto before = feature.handed_over;
  world.store.fail_writes = 2;
  world.connect("a");
  world.tick();
  world.deliver();
  world.pass(100ms);
  BOOST_TEST(feature.handed_over > before);
  BOOST_TEST(feature.stored_through < feature.handed_over);
  world.settle();
  BOOST_TEST(feature.stored_through == feature.handed_over);
  BOOST_TEST(world.bridge().is_stored());
}

BOOST_AUTO_TEST_CASE(a_feature_goes_along_with_the_clock_and_with_another_configuration) {
  world.set_clock(1h);
  BOOST_TEST((feature.steps == std::vector<Millis>{1h}));
  BOOST_TEST(feature.prefix.empty());
  BOOST_REQUIRE(world.bridge().reload(world.config(), world.now()).has_value());
  BOOST_TEST(feature.prefix == world.config().topic_prefix);
}

BOOST_AUTO_TEST_SUITE_END()
