// SPDX-License-Identifier: Apache-2.0
// gzip for the bodies of answers: who takes it, what is worth it, and what has been compressed already.
#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace rollcall {

/// True if a client with this Accept-Encoding takes gzip (RFC 9110).
bool accepts_gzip(std::string_view accept_encoding);

/// True if what has this type gets smaller: text, JSON, JavaScript, SVG; not server-sent events.
bool is_compressible(std::string_view content_type);

/// Returns the text compressed; empty: that failed.
std::string gzip(std::string_view text, int level);

/// Compressed bodies by their ETag, so that what never changes is compressed once. Forgets those that were
/// asked for the longest time ago. One thread.
class CompressionCache {
 public:
  explicit CompressionCache(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  /// Returns the compressed body, from the cache if it is there.
  std::shared_ptr<const std::string> get(const std::string& etag, std::string_view body);

  std::size_t bytes() const { return bytes_; }

 private:
  using Entry = std::pair<std::string, std::shared_ptr<const std::string>>;

  std::size_t max_bytes_, bytes_ = 0;
  std::list<Entry> entries_;  ///< the latest asked for first
  std::map<std::string, std::list<Entry>::iterator> places_;
};

}  // namespace rollcall
