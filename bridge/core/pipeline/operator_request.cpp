// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/pipeline/operator_request.hpp"

#include <array>

#include <nlohmann/json.hpp>

#include "base/duration.hpp"
#include "base/quoting.hpp"

namespace rollcall {
namespace {

using nlohmann::json;
using What = OperatorRequest::What;

constexpr std::array<std::string_view, 3> kNames{"set", "release", "forget"};  // by What

Result<void> read(std::string_view key, const json& value, OperatorRequest& to) {
  if (key == "hold") {
    if (!value.is_boolean()) return fail("\"hold\" must be true or false");
    to.hold = value.get<bool>();
    return {};
  }
  const auto* const text = value.get_ptr<const std::string*>();
  if (text == nullptr) return fail(in_quotes(key) + " must be a text");
  if (key == "request") {
    for (std::size_t i = 0; i < kNames.size(); ++i) {
      if (kNames[i] != *text) continue;
      to.what = static_cast<What>(i);
      return {};
    }
    return fail("there is no request " + in_quotes(*text) + R"(; there are "set", "release", "forget")");
  }
  if (key == "for") {
    const auto wait = parse_duration(*text);
    if (!wait) return fail("\"for\": " + wait.error().message);
    to.wait = *wait;
    return {};
  }
  if (key != "device" && key != "status") {
    return fail("the key " + in_quotes(key) +
                R"( is unknown; there are "request", "device", "status", "for", "hold")");
  }
  (key == "device" ? to.device : to.status) = *text;
  return {};
}

}  // namespace

OperatorAction OperatorRequest::action() const {
  switch (what) {
    case What::release:
      return ReleaseStatus{device};
    case What::forget:
      return ForgetDevice{device};
    case What::set:
      break;
  }
  return SetStatus{device, status, wait, hold};
}

std::string to_json(const OperatorRequest& request) {
  json out{{"request", kNames.at(static_cast<std::size_t>(request.what))}, {"device", request.device}};
  if (request.what == What::set) {
    out["status"] = request.status;
    out["hold"] = request.hold;
    if (request.wait) out["for"] = format_duration(*request.wait);
  }
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<OperatorRequest> parse_operator_request(std::string_view line) {
  const auto parsed = json::parse(line, nullptr, false);
  if (!parsed.is_object() || !parsed.contains("request")) {
    return fail(R"(a request is a JSON object such as {"request":"release","device":"pump-7"})");
  }
  OperatorRequest request;
  for (const auto& [key, value] : parsed.items()) {
    if (auto done = read(key, value, request); !done) return tl::make_unexpected(done.error());
  }
  if (request.device.empty()) return fail("\"device\" is missing");
  const bool is_set = request.what == What::set;
  if (is_set && request.status.empty()) return fail("\"status\" is missing");
  if (!is_set && (!request.status.empty() || request.wait || request.hold)) {
    return fail(R"("status", "for" and "hold" belong to "set" only)");
  }
  return request;
}

std::string operator_answer(const Result<std::string>& warning) {
  json answer;
  if (!warning) {
    answer["error"] = warning.error().message;
  } else {
    answer["ok"] = true;
    if (!warning->empty()) answer["warning"] = *warning;
  }
  return answer.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<std::string> parse_operator_answer(std::string_view line) {
  const auto parsed = json::parse(line, nullptr, false);
  if (parsed.is_object() && parsed.value("ok", json()) == true) {
    const auto warning = parsed.value("warning", json(""));
    return warning.is_string() ? warning.get<std::string>() : std::string();
  }
  if (parsed.is_object() && parsed.contains("error") && parsed["error"].is_string()) {
    return fail(parsed["error"].get<std::string>());
  }
  return fail("the bridge gave no answer that this version understands");
}

}  // namespace rollcall
