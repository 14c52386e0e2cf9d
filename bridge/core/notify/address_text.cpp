// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/notify/address_text.hpp"

#include <array>

#include <arpa/inet.h>
#include <fmt/format.h>

#include "topics/identity/address_block.hpp"

namespace rollcall {

std::string block_of(std::string_view address, unsigned bits) {
  constexpr unsigned kMappedBits = 96;  // that an IPv4 address has before it in the mapped form
  static const auto kV4 = AddressBlock::parse("0.0.0.0/0");
  const auto one = AddressBlock::of(address);
  if (!one) return {};
  const bool is_v4 = kV4->contains(*one);
  if (is_v4 != (bits <= 32)) return {};
  const auto block = one->shortened(is_v4 ? kMappedBits + bits : bits);
  std::array<char, INET6_ADDRSTRLEN> text{};
  const auto* const bytes = block.bytes.data() + (is_v4 ? kMappedBits / 8 : 0);
  if (inet_ntop(is_v4 ? AF_INET : AF_INET6, bytes, text.data(), text.size()) == nullptr) return {};
  return fmt::format("{}/{}", text.data(), bits);
}

}  // namespace rollcall
