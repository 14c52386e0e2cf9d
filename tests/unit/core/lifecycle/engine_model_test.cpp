// SPDX-License-Identifier: Apache-2.0
// Random lives by seed: the engine says what the reference model says (random_life.hpp). More of them with
// ROLLCALL_LIVES=1000000 core_tests --run_test=engine_model
#include <cstdlib>
#include <random>

#include <boost/test/unit_test.hpp>

#include "tests/unit/core/lifecycle/random_life.hpp"

namespace rollcall::test {

BOOST_AUTO_TEST_SUITE(engine_model)

BOOST_AUTO_TEST_CASE(random_lives_are_those_of_the_reference_model) {
  std::map<std::string, int> rows;
  int forgotten = 0, flapped = 0, fought = 0, clock_steps = 0, incidents = 0, failures = 0;
  const char* const more = std::getenv("ROLLCALL_LIVES");
  const auto lives = more != nullptr ? std::strtoul(more, nullptr, 10) : 10'000;
  for (unsigned seed = 1; seed <= lives && failures < 3; ++seed) {
    std::mt19937 random(seed);  // std's distributions differ between libraries; this doesn't
    RandomLife life([&](std::uint32_t bound) { return random() % bound; });
    try {
      for (int i = 0; i < 75; ++i) life.step();
      life.end();
    } catch (const Differs& differs) {
      ++failures;
      BOOST_ERROR("seed " << seed << "\n" << differs.what());
    }
    for (const auto& [cause, count] : life.rows_by_cause) rows[cause] += count;
    forgotten += life.forgotten;
    flapped += life.flapped;
    fought += life.fought;
    clock_steps += life.clock_steps;
    incidents += life.incidents;
  }
  // The lives were worth living: chains were walked, cut short, and turned by everything that there is.
  for (const std::string cause :
       {"connect", "report", "late_report", "declared", "set", "released", "registered", "blip",
        "client_disconnect", "keepalive_timeout", "connection_closed", "broker_lost"}) {
    BOOST_TEST(rows[cause] > 1000, cause << " led to " << rows[cause] << " rows");
  }
  BOOST_TEST(forgotten > 1000);
  BOOST_TEST(flapped > 1000);
  BOOST_TEST(fought > 1000);
  BOOST_TEST(clock_steps > 1000);
  BOOST_TEST(incidents > 1000);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall::test
