// SPDX-License-Identifier: Apache-2.0
// Addresses and CIDR blocks, as device rules name them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.hpp"

namespace rollcall {

/// An address or a CIDR block ("10.0.0.0/8", "::1"); IPv4-mapped IPv6 addresses count as IPv4. An IPv4
/// address is in IPv4 blocks only, an IPv6 address in IPv6 blocks only.
struct AddressBlock {
  std::array<std::uint8_t, 16> bytes{};
  unsigned prefix_bits = 128;  ///< of the 128 bits of the (mapped) IPv6 form

  /// Bits of the address beyond the prefix are ignored ("10.1.2.3/8" is "10.0.0.0/8").
  static Result<AddressBlock> parse(std::string_view text);

  /// Returns the block of this one address; nothing: it is no address.
  static std::optional<AddressBlock> of(std::string_view address);

  bool contains(const AddressBlock& block) const;

  /// Returns the larger block of `bits` that this one is in. `bits` is at most prefix_bits.
  AddressBlock shortened(unsigned bits) const;

  /// True if no bit beyond the prefix is set, as in every block that parse() gives.
  bool is_canonical() const;

  bool operator==(const AddressBlock&) const = default;
};

}  // namespace rollcall
