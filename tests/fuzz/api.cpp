// SPDX-License-Identifier: Apache-2.0
// Requests of any kind to the API: each is answered once; what says that it is JSON is, and a refusal is a
// problem that says why. By the Unix socket, so that nothing is refused for want of a token.
#include <memory>
#include <string>

#include <fuzzer/FuzzedDataProvider.h>
#include <nlohmann/json.hpp>

#include "tests/fuzz/oracle.hpp"
#include "tests/unit/core/api/api_fixture.hpp"

using namespace rollcall;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static auto* const fixture = new test::ApiFixture("{}", {"a", "a/b", "ä"});
  FuzzedDataProvider input(data, size);
  const auto method = input.PickValueInArray({"GET", "PUT", "POST", "DELETE", "HEAD", "OPTIONS", "X"});
  if (input.ConsumeBool()) fixture->request.headers["last-event-id"] = input.ConsumeRandomLengthString(30);
  auto target = input.ConsumeRandomLengthString(200);
  if (input.ConsumeBool()) target.insert(0, "/api/v1/devices");
  const auto body = input.ConsumeRemainingBytesAsString();
  const auto before = fixture->answers;
  const auto response = fixture->ask(method, target, body);
  fixture->request.headers.clear();
  fuzz::require(fixture->answers == before + 1, "each request is answered once");
  fuzz::require(response.status >= 200 && response.status < 600, "by a status of HTTP");
  if (response.content_type.find("json") == std::string::npos) return 0;
  const auto json = nlohmann::json::parse(response.body, nullptr, false);
  fuzz::require(!json.is_discarded(), "what says that it is JSON is");
  if (response.status >= 400) fuzz::require(!json["detail"].get<std::string>().empty(), "a refusal says why");
  return 0;
}
