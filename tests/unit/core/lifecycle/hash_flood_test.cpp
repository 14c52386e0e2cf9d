// SPDX-License-Identifier: Apache-2.0
// Client ids that collide in std::hash, which anybody can make: the table of devices isn't to care.
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "bridge/core/lifecycle/device_table.hpp"
#include "tests/unit/core/lifecycle/engine_fixture.hpp"

namespace rollcall::test {
namespace {

// std::hash of GNU's library: MurmurHash64A under a seed that everybody knows.
constexpr std::uint64_t kFactor = 0xc6a4a7935bd1e995;
constexpr std::uint64_t kSeed = 0xc70f6907;

std::uint64_t fold(std::uint64_t value) { return value ^ (value >> 47U); }
std::uint64_t mixed(std::uint64_t block) { return fold(block * kFactor) * kFactor; }
/// By Newton: each turn doubles the bits that are right.
std::uint64_t inverse_of_factor() {
  std::uint64_t inverse = kFactor;
  for (int turn = 0; turn < 5; ++turn) inverse *= 2 - kFactor * inverse;
  return inverse;
}
std::uint64_t unmixed(std::uint64_t block) {
  static const std::uint64_t kInverse = inverse_of_factor();
  return fold(block * kInverse) * kInverse;
}

bool is_text(std::uint64_t block) {
  for (unsigned shift = 0; shift < 64; shift += 8) {
    const auto byte = (block >> shift) & 0xffU;
    if (byte == 0 || byte > 0x7f) return false;
  }
  return true;
}

/// So many ids of 16 bytes of ASCII whose std::hash is one and the same: whatever the first half leads to,
/// there is a second half that undoes it.
std::vector<std::string> colliding_ids(std::size_t count) {
  constexpr std::uint64_t kWanted = 0x0123456789abcdef;
  constexpr std::size_t kBytes = 16;
  std::vector<std::string> ids;
  std::uint64_t tried = 0;
  while (ids.size() < count) {
    char text[kBytes];
    std::uint64_t first = 0;
    for (unsigned shift = 0; shift < 64; shift += 8) first |= (0x40 | (tried >> (shift / 2) & 0xfU)) << shift;
    ++tried;
    const auto so_far = ((kSeed ^ (kBytes * kFactor)) ^ mixed(first)) * kFactor;
    const auto second = unmixed(so_far ^ kWanted);
    if (!is_text(second)) continue;
    std::memcpy(text, &first, sizeof first);
    std::memcpy(text + sizeof first, &second, sizeof second);
    ids.emplace_back(text, kBytes);
  }
  return ids;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(hash_flood)

BOOST_AUTO_TEST_CASE(devices_are_found_soon_though_their_ids_were_chosen_to_collide) {
  constexpr std::size_t kDevices = 40'000;
  const auto ids = colliding_ids(kDevices);
  std::unordered_set<std::size_t> hashes;
  for (const auto& id : ids) hashes.insert(std::hash<std::string_view>{}(id));
  BOOST_TEST_REQUIRE(hashes.size() == 1U, "ids that don't collide test nothing");

  const std::vector<TemplateDefinition> templates{one_minute()};
  DeviceTable table(templates);
  for (const auto& id : ids) {
    const auto index = table.find_or_add(id);
    BOOST_TEST_REQUIRE(index.has_value());
    table[*index].definition = templates.data();
    // Early, so that a table that they do collide in isn't filled to the end.
    if (table.count() % 1000 == 0) BOOST_TEST_REQUIRE(table.longest_search() < 1000U);
  }
  BOOST_TEST(table.count() == kDevices);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall::test
