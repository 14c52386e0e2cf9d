// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/http/etag.hpp"

#include <array>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "bridge/adapters/http/header_text.hpp"

namespace rollcall {
namespace {

constexpr std::size_t kHashBytes = 16;  // of the 32: enough that no two bodies ever share them

}  // namespace

std::string etag_of(std::string_view body, bool is_compressed) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned int size = 0;
  ::EVP_Digest(body.data(), body.size(), hash.data(), &size, ::EVP_sha256(), nullptr);
  std::string etag = "\"";
  for (std::size_t i = 0; i < kHashBytes; ++i) etag += fmt::format("{:02x}", hash[i]);
  return etag + (is_compressed ? "-gzip\"" : "\"");
}

bool matches_etag(std::string_view if_none_match, std::string_view etag) {
  if (trimmed(if_none_match) == "*") return true;
  while (!if_none_match.empty()) {
    auto each = take_item(if_none_match, ',');
    if (each.substr(0, 2) == "W/") each.remove_prefix(2);
    if (each == etag) return true;
  }
  return false;
}

}  // namespace rollcall
