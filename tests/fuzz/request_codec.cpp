// SPDX-License-Identifier: Apache-2.0
// Requests from any bytes: what can be decoded is within the limits and encodes to the same bytes.
#include "tests/fuzz/oracle.hpp"
#include "topics/protocol/requests.hpp"

using namespace rollcall;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = fuzz::view_of(data, size);
  const auto request = decode_request(bytes);
  if (!request) {
    fuzz::require(!request.error().message.empty(), "an error says what is wrong");
    return 0;
  }
  fuzz::require(size <= kMaxRequestBytes, "no request is larger than the limit");
  fuzz::require(request->session != 0 && request->number != 0, "a request has a session and a number");
  if (const auto* publish = std::get_if<request::Publish>(&request->body)) {
    fuzz::require(publish->publications.size() <= kMaxPublicationsPerRequest, "no more than 256 at once");
    for (const auto& each : publish->publications) fuzz::require(each.qos <= 2, "a QoS is 0, 1 or 2");
  }
  if (const auto* rules = std::get_if<request::Rules>(&request->body)) {
    fuzz::require(rules->rules.size() <= kMaxRules, "no more rules than there may be");
    fuzz::require(rules->templates.size() <= kMaxNames && rules->reporters.size() <= kMaxNames,
                  "no more names than there may be");
  }
  const auto again = encode_request(*request);
  fuzz::require(again == bytes, "a request has one encoding");
  const auto second = decode_request(again);
  fuzz::require(second && second->session == request->session && second->number == request->number &&
                    second->body == request->body,
                "what was encoded is decoded to the same");
  return 0;
}
