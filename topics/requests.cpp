// SPDX-License-Identifier: Apache-2.0
#include "topics/requests.hpp"

#include <utility>

#include "topics/wire.hpp"

namespace rollcall {
namespace {

// The type byte is the place in RequestBody, plus one: append to the variant, never reorder it.
struct BodyWriter {
  WireWriter& out;

  void operator()(const request::Hello& body) const {
    out.short_string(body.topic_prefix);
    out.number(body.instance);
    out.boolean(body.take_over);
  }
  void operator()(const request::Snapshot& body) const {
    out.number(body.snapshot);
    out.number(body.past_cursor);
    out.number(body.live_cursor);
    out.boolean(body.in_live);
  }
  void operator()(const request::Publish& body) const {
    out.number(static_cast<std::uint16_t>(body.publications.size()));
    for (const auto& publication : body.publications) {
      out.number(publication.qos);
      out.boolean(publication.retain);
      out.short_string(publication.topic);
      out.long_string(publication.payload);
    }
  }
  void operator()(const request::Ping&) const {}
};

Result<request::Publish> read_publish(WireReader& in) {
  request::Publish body;
  const auto count = in.number<std::uint16_t>();
  if (count > kMaxPublicationsPerRequest) return fail("more than 256 publications in one request");
  body.publications.reserve(count);
  for (std::uint16_t i = 0; i < count && in.is_good(); ++i) {
    request::Publication publication;
    publication.qos = in.number<std::uint8_t>();
    publication.retain = in.boolean();
    publication.topic = in.short_string();
    publication.payload = in.long_string();
    if (publication.qos > 2) return fail("a QoS above 2");
    body.publications.push_back(publication);
  }
  return body;
}

}  // namespace

std::string encode_request(const Request& request) {
  std::string bytes;
  WireWriter out(bytes);
  out.number(kRequestVersion);
  out.number(request.session);
  out.number(request.number);
  out.number(static_cast<std::uint8_t>(request.body.index() + 1));
  std::visit(BodyWriter{out}, request.body);
  return bytes;
}

Result<Request> decode_request(std::string_view bytes) {
  if (bytes.size() > kMaxRequestBytes) return fail("a request of more than 256 KiB");
  WireReader in(bytes);
  if (const auto version = in.number<std::uint8_t>(); version != kRequestVersion) {
    return fail("a request of version " + std::to_string(version) + "; this plugin takes version " +
                std::to_string(kRequestVersion));
  }
  Request request;
  request.session = in.number<std::uint32_t>();
  request.number = in.number<std::uint64_t>();
  switch (in.number<std::uint8_t>()) {
    case 1: {
      request::Hello body;
      body.topic_prefix = in.short_string();
      body.instance = in.number<std::uint64_t>();
      body.take_over = in.boolean();
      request.body = body;
      break;
    }
    case 2: {
      request::Snapshot body;
      body.snapshot = in.number<std::uint64_t>();
      body.past_cursor = in.number<std::uint64_t>();
      body.live_cursor = in.number<std::uint64_t>();
      body.in_live = in.boolean();
      request.body = body;
      break;
    }
    case 3: {
      auto body = read_publish(in);
      if (!body) return tl::make_unexpected(body.error());
      request.body = std::move(*body);
      break;
    }
    case 4:
      request.body = request::Ping{};
      break;
    default:
      return fail("an unknown kind of request");
  }
  if (!in.is_good() || !in.is_at_end()) return fail("a request of the wrong length");
  if (request.session == 0 || request.number == 0) return fail("a request without a session or number");
  return request;
}

}  // namespace rollcall
