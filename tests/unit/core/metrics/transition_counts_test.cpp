// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/metrics/transition_counts.hpp"

#include <boost/test/unit_test.hpp>

#include "bridge/core/pipeline/delivery.hpp"
#include "tests/unit/core/lifecycle/engine_fixture.hpp"

namespace rollcall::test {
namespace {

struct CountedBench : Bench {
  explicit CountedBench(std::vector<TemplateDefinition> templates) : Bench(std::move(templates)) {
    delivery.add(counts);
  }
  void deliver() { delivery.apply(last); }
  std::uint64_t count(const char* template_name, const char* status, const char* cause) const {
    const auto found = counts.counts().find(TransitionCounts::KeyViews{template_name, status, cause});
    return found == counts.counts().end() ? 0 : found->second;
  }

  TransitionCounts counts;
  Delivery delivery;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(transition_counts)

BOOST_AUTO_TEST_CASE(transitions_are_counted_by_template_status_and_cause) {
  CountedBench bench({one_minute(), one_minute("pump")});
  for (const char* device : {"a", "b"}) {
    const auto id = bench.connect(device);
    bench.deliver();
    bench.end(id, Cause::keepalive_timeout);
    bench.deliver();
  }
  bench.connect("c", 60s, "pump");
  bench.deliver();
  bench.at(2min);
  bench.deliver();
  BOOST_TEST(bench.count("default", "online", "connect") == 2U);
  BOOST_TEST(bench.count("default", "offline", "keepalive_timeout") == 2U);
  BOOST_TEST(bench.count("pump", "online", "connect") == 1U);
  BOOST_TEST(bench.counts.counts().size() == 3U);
}

BOOST_AUTO_TEST_CASE(a_blip_is_no_transition) {
  CountedBench bench({one_minute()});
  bench.end(bench.connect());
  bench.connect();
  BOOST_TEST_REQUIRE(bench.rows().back() == "0 a online>online blip client_disconnect");
  bench.deliver();
  BOOST_TEST(bench.counts.counts().empty());
}

BOOST_AUTO_TEST_CASE(what_is_not_on_the_timeline_is_counted_too) {
  auto definition = one_minute();
  definition.statuses[1].timeline = false;
  CountedBench bench({definition});
  bench.end(bench.connect());
  bench.at(1min);
  bench.deliver();
  BOOST_TEST(bench.count("default", "offline", "client_disconnect") == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall::test
