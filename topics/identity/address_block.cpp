// SPDX-License-Identifier: Apache-2.0
#include "topics/identity/address_block.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

#include <arpa/inet.h>

namespace rollcall {
namespace {

using Bytes = std::array<std::uint8_t, 16>;
constexpr unsigned kAllBits = 128;
constexpr unsigned kMappedBits = 96;  // ::ffff:0:0/96 is IPv4
constexpr Bytes kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

struct Address {
  Bytes bytes;
  bool is_written_as_ipv4;
};

bool begin_alike(const Bytes& a, const Bytes& b, unsigned bits) {
  const auto whole = bits / 8;
  if (!std::equal(a.begin(), a.begin() + whole, b.begin())) return false;
  const auto rest = bits % 8;
  return rest == 0 || (a[whole] >> (8 - rest)) == (b[whole] >> (8 - rest));
}

std::optional<Address> parse_address(std::string_view text) {
  const std::string address(text.substr(0, text.find('%')));  // fe80::1%eth0: the zone is no part of it
  in_addr ipv4{};
  if (address.size() == text.size() && inet_pton(AF_INET, address.c_str(), &ipv4) == 1) {
    Bytes bytes = kMapped;
    const auto* const from = reinterpret_cast<const std::uint8_t*>(&ipv4);
    std::copy(from, from + sizeof ipv4, bytes.begin() + kMappedBits / 8);
    return Address{bytes, true};
  }
  in6_addr ipv6{};
  if (inet_pton(AF_INET6, address.c_str(), &ipv6) != 1) return std::nullopt;
  Bytes bytes;
  std::copy(std::begin(ipv6.s6_addr), std::end(ipv6.s6_addr), bytes.begin());
  return Address{bytes, false};
}

bool is_ipv4(const Bytes& bytes) { return begin_alike(bytes, kMapped, kMappedBits); }

void clear_beyond(Bytes& bytes, unsigned prefix_bits) {
  for (unsigned bit = prefix_bits; bit < kAllBits; ++bit) {
    bytes[bit / 8] &= static_cast<std::uint8_t>(~(0x80U >> (bit % 8)));
  }
}

}  // namespace

Result<AddressBlock> AddressBlock::parse(std::string_view text) {
  const auto refuse = [&] {
    return fail(
        "is neither an address nor a CIDR block, such as \"10.0.0.7\", \"10.0.0.0/8\" or \"fd00::/8\"");
  };
  const auto slash = text.find('/');
  const auto address = parse_address(text.substr(0, slash));
  if (!address) return refuse();
  AddressBlock block{address->bytes, kAllBits};
  if (slash == std::string_view::npos) return block;
  const auto digits = text.substr(slash + 1);
  const unsigned most = address->is_written_as_ipv4 ? kAllBits - kMappedBits : kAllBits;
  unsigned bits = 0;
  const auto* const digits_end = digits.data() + digits.size();
  const auto [end, problem] = std::from_chars(digits.data(), digits_end, bits);
  if (problem != std::errc{} || end != digits_end) return refuse();
  if (bits > most) {
    return fail("has a prefix length beyond " + std::to_string(most) + " bits");
  }
  block.prefix_bits = bits + kAllBits - most;
  clear_beyond(block.bytes, block.prefix_bits);
  return block;
}

bool AddressBlock::is_canonical() const {
  if (prefix_bits > kAllBits) return false;
  auto cleared = bytes;
  clear_beyond(cleared, prefix_bits);
  return cleared == bytes;
}

AddressBlock AddressBlock::shortened(unsigned bits) const {
  AddressBlock block{bytes, bits};
  clear_beyond(block.bytes, bits);
  return block;
}

std::optional<AddressBlock> AddressBlock::of(std::string_view address) {
  const auto parsed = parse_address(address);
  if (!parsed) return std::nullopt;
  return AddressBlock{parsed->bytes, kAllBits};
}

bool AddressBlock::contains(const AddressBlock& block) const {
  const auto is_ipv4_block = [](const AddressBlock& each) {
    return each.prefix_bits >= kMappedBits && is_ipv4(each.bytes);
  };
  return is_ipv4_block(*this) == is_ipv4_block(block) && prefix_bits <= block.prefix_bits &&
         begin_alike(bytes, block.bytes, prefix_bits);
}

}  // namespace rollcall
