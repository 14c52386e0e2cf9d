// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/http/compression.hpp"

#include <algorithm>

#include <zlib.h>

#include "bridge/adapters/http/header_text.hpp"

namespace rollcall {
namespace {

constexpr int kGzipWindowBits = 15 + 16;
constexpr int kMemoryLevel = 8;
constexpr int kBestLevel = 9;

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

/// True for "q=0", "q=0.0" and the like.
bool is_refused(std::string_view parameters) {
  while (!parameters.empty()) {
    const auto each = lower_case(take_item(parameters, ';'));
    if (each.compare(0, 2, "q=") != 0) continue;
    return each.find_first_not_of("0.", 2) == std::string::npos;
  }
  return false;
}

}  // namespace

bool accepts_gzip(std::string_view accept_encoding) {
  bool accepts_any = false;
  while (!accept_encoding.empty()) {
    auto parameters = take_item(accept_encoding, ',');
    const auto coding = lower_case(take_item(parameters, ';'));
    if (coding == "gzip" || coding == "x-gzip") return !is_refused(parameters);
    if (coding == "*") accepts_any = !is_refused(parameters);
  }
  return accepts_any;
}

bool is_compressible(std::string_view content_type) {
  const auto type = lower_case(take_item(content_type, ';'));
  if (type == "text/event-stream") return false;
  return type.compare(0, 5, "text/") == 0 || ends_with(type, "/json") || ends_with(type, "+json") ||
         ends_with(type, "/javascript") || ends_with(type, "+xml") || type == "application/openmetrics-text";
}

std::string gzip(std::string_view text, int level) {
  z_stream stream{};
  if (::deflateInit2(&stream, level, Z_DEFLATED, kGzipWindowBits, kMemoryLevel, Z_DEFAULT_STRATEGY) != Z_OK) {
    return "";
  }
  std::string compressed(::deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(compressed.data());
  stream.avail_out = static_cast<uInt>(compressed.size());
  const bool is_whole = ::deflate(&stream, Z_FINISH) == Z_STREAM_END;
  compressed.resize(is_whole ? stream.total_out : 0);
  ::deflateEnd(&stream);
  return compressed;
}

std::shared_ptr<const std::string> CompressionCache::get(const std::string& etag, std::string_view body) {
  if (const auto found = places_.find(etag); found != places_.end()) {
    entries_.splice(entries_.begin(), entries_, found->second);
    return entries_.front().second;
  }
  auto compressed = std::make_shared<const std::string>(gzip(body, kBestLevel));
  if (compressed->size() > max_bytes_) return compressed;
  entries_.emplace_front(etag, compressed);
  places_[etag] = entries_.begin();
  bytes_ += compressed->size();
  while (bytes_ > max_bytes_) {
    bytes_ -= entries_.back().second->size();
    places_.erase(entries_.back().first);
    entries_.pop_back();
  }
  return compressed;
}

}  // namespace rollcall
