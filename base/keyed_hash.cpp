// SPDX-License-Identifier: Apache-2.0
#include "base/keyed_hash.hpp"

#include <array>
#include <cerrno>
#include <system_error>

#include <sodium/crypto_shorthash.h>
#include <unistd.h>

namespace rollcall {
namespace {

using Key = std::array<unsigned char, crypto_shorthash_KEYBYTES>;

Key random_key() {
  Key key;
  if (::getentropy(key.data(), key.size()) != 0) {
    throw std::system_error(errno, std::generic_category(), "no random key to be had");
  }
  return key;
}

}  // namespace

std::uint64_t keyed_hash(std::string_view text) {
  static const Key key = random_key();
  std::uint64_t hash = 0;
  static_assert(sizeof hash == crypto_shorthash_BYTES);
  crypto_shorthash(reinterpret_cast<unsigned char*>(&hash),
                   reinterpret_cast<const unsigned char*>(text.data()), text.size(), key.data());
  return hash;
}

}  // namespace rollcall
