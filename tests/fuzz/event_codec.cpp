// SPDX-License-Identifier: Apache-2.0
// The event stream from any bytes: what can be decoded is the same when it is encoded and decoded again.
#include "tests/fuzz/oracle.hpp"
#include "topics/protocol/stream.hpp"

using namespace rollcall;

namespace {

std::string encode(const StreamMessage& message) {
  StreamBatch batch;
  for (const auto& record : message.records) batch.add(record);
  return batch.message(message.header);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto first = decode_stream_message(fuzz::view_of(data, size));
  if (!first) {
    fuzz::require(!first.error().message.empty(), "an error says what is wrong");
    return 0;
  }
  const auto bytes = encode(*first);
  const auto second = decode_stream_message(bytes);
  fuzz::require(second.has_value(), "what was encoded can be decoded");
  fuzz::require(second->records == first->records, "the records are the same");
  const auto& one = first->header;
  const auto& other = second->header;
  fuzz::require(one.boot == other.boot && one.clock_ms == other.clock_ms && one.session == other.session &&
                    one.last_request == other.last_request && one.first_number == other.first_number,
                "the header is the same");
  fuzz::require(encode(*second) == bytes, "and so are the bytes");
  return 0;
}
