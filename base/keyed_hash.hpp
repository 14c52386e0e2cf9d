// SPDX-License-Identifier: Apache-2.0
// A hash for tables whose keys strangers choose: client ids, addresses, topics, user names. Its key is random
// and this process's own, so nobody can choose texts that collide. For any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace rollcall {

/// Returns the SipHash-2-4 of `text` under the key of this process. Another process gives another one: never
/// store or send it.
std::uint64_t keyed_hash(std::string_view text);

/// For std::unordered_map and the like; with std::equal_to<> as the other parameter, texts of any kind find.
struct KeyedHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return keyed_hash(text); }
};

}  // namespace rollcall
