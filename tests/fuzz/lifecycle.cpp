// SPDX-License-Identifier: Apache-2.0
// Lives of devices made from any bytes: the engine must say what the reference model says (random_life.hpp).
#include "tests/fuzz/oracle.hpp"
#include "tests/unit/core/lifecycle/random_life.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  rollcall::test::RandomLife life(
      [&](std::uint32_t bound) { return input.ConsumeIntegralInRange<std::uint32_t>(0, bound - 1); });
  try {
    for (int steps = 0; steps < 60 && input.remaining_bytes() > 0; ++steps) life.step();
    life.end();
  } catch (const rollcall::test::Differs& differs) {
    rollcall::fuzz::require(false, "the engine says what the model says", differs.what());
  }
  return 0;
}
