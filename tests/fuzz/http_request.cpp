// SPDX-License-Identifier: Apache-2.0
// A connection's bytes: what is read as requests is within the limits and can be taken for one thing only,
// and is the same whether the bytes come at once or in pieces.
#include <algorithm>
#include <string>
#include <vector>

#include "bridge/adapters/http/header_text.hpp"
#include "bridge/adapters/http/request_reader.hpp"
#include "tests/fuzz/oracle.hpp"

using namespace rollcall;

namespace {

constexpr RequestReader::Limits kLimits{200, 100};
const std::string kRefused = "refused";

void check(const HttpRequest& request) {
  fuzz::require(!request.method.empty(), "a request has a method");
  fuzz::require(!request.target.empty() && request.target.front() == '/', "a target begins with a slash");
  fuzz::require(std::none_of(request.target.begin(), request.target.end(), is_control), "and is printable");
  fuzz::require(request.body.size() <= kLimits.body_bytes, "a body is within its limit");
  std::size_t header_bytes = 0;
  for (const auto& [name, value] : request.headers) {
    header_bytes += name.size() + value.size();
    fuzz::require(name == lower_case(name), "names of headers are in lower case");
    fuzz::require(value.find_first_of(std::string("\r\n\0", 3)) == std::string::npos, "values are one line");
  }
  fuzz::require(header_bytes <= kLimits.header_bytes, "a header is within its limit");
  const auto length = request.header("content-length");
  const bool has_coding = !request.header("transfer-encoding").empty();
  fuzz::require(length.empty() || !has_coding, "a body has its length or a coding");
  if (!length.empty()) {
    fuzz::require(std::stoull(std::string(length)) == request.body.size(), "a body is as long as it says");
  } else {
    fuzz::require(has_coding || request.body.empty(), "without either there is no body");
  }
}

/// What the bytes are read as, in pieces of this size; the last may be kRefused.
std::vector<std::string> read(std::string_view bytes, std::size_t piece) {
  std::vector<std::string> outcome;
  RequestReader reader(kLimits);
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    auto state = reader.feed(bytes.substr(at, piece));
    while (state == RequestReader::State::complete) {
      const auto request = reader.take();
      check(request);
      auto text = request.method + " " + request.target + " " + request.body;
      for (const auto& [name, value] : request.headers) text += "\n" + name + ": " + value;
      outcome.push_back(text + (reader.keeps_alive() ? "" : " end"));
      state = reader.feed("");
    }
    if (state == RequestReader::State::refused) {
      fuzz::require(reader.refusal().status >= 400 && !reader.refusal().body.empty(), "a refusal says why");
      outcome.push_back(kRefused);
      break;
    }
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto bytes = fuzz::view_of(data, size).substr(1);
  const auto at_once = read(bytes, bytes.size() + 1);
  const auto in_pieces = read(bytes, 1U + data[0] % 32U);
  // Which limit is met may depend on how much is looked at; what a request is may not.
  for (std::size_t i = 0; i < std::min(at_once.size(), in_pieces.size()); ++i) {
    if (at_once[i] == kRefused || in_pieces[i] == kRefused) break;
    fuzz::require(at_once[i] == in_pieces[i], "requests are the same however their bytes come", at_once[i]);
  }
  return 0;
}
