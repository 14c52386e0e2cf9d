// SPDX-License-Identifier: Apache-2.0
// Blocks of addresses as text.
#pragma once

#include <string>
#include <string_view>

namespace rollcall {

/// Returns the block that an address is in, such as "10.0.0.0/24". `bits` up to 32 are of IPv4, more of IPv6.
/// Empty for an address of the other kind, and for what is none.
std::string block_of(std::string_view address, unsigned bits);

}  // namespace rollcall
