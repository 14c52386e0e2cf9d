// SPDX-License-Identifier: Apache-2.0
#include "bridge/cli/caller.hpp"

#include <utility>

#include <fmt/format.h>

#include "bridge/cli/subcommands.hpp"
#include "bridge/core/http/problem.hpp"
#include "bridge/core/http/target.hpp"

namespace rollcall::cli {

HttpQuestion question_of(std::string method, std::string path, const std::optional<Json>& body) {
  HttpQuestion question;
  question.method = std::move(method);
  question.path = std::move(path);
  if (body) {
    question.headers.emplace_back("Content-Type", "application/json");
    question.body = json_line(*body);
  }
  return question;
}

Failure failure_of(const HttpReply& reply) {
  const auto json = parse_json(reply.body);
  auto why = json ? text_of(*json, "detail") : std::string();
  const bool is_explained = !why.empty();
  if (!is_explained) why = fmt::format("the answer is {} {}", reply.status, http_status_name(reply.status));
  if (reply.status >= 300 && reply.status < 400) {
    const auto to = reply.headers.find("location");
    return {kUnavailable, why + (to == reply.headers.end() ? "" : ", to " + to->second) +
                              "; a redirection isn't followed: name the bridge's own URL"};
  }
  // Too Many Requests says when to come again.
  const bool is_refusal = reply.status >= 400 && reply.status < 500 && reply.status != 429;
  return {is_refusal && is_explained ? kUsage : kUnavailable,
          is_explained ? why : why + "; is this a bridge's address?"};
}

Failure unreachable(const BridgeApi& api, const Error& error) {
  return {kUnavailable, fmt::format("{} ({})", api.advice(), error.message)};
}

Outcome<Json> json_of(const BridgeApi& api, const Result<HttpReply>& reply) {
  if (!reply) return tl::make_unexpected(unreachable(api, reply.error()));
  if (reply->status < 200 || reply->status >= 300) return tl::make_unexpected(failure_of(*reply));
  if (reply->body.empty()) return Json();
  auto json = parse_json(reply->body);
  if (!json)
    return tl::make_unexpected(Failure{kUnavailable, "the answer isn't JSON; is this a bridge's address?"});
  return *std::move(json);
}

std::string device_path(std::string_view device, std::string_view rest) {
  return fmt::format("/api/v1/devices/{}{}", percent_encoded(device), rest);
}

Outcome<Json> Caller::ask(const std::string& method, const std::string& path,
                          const std::optional<Json>& body) {
  const auto reply = api_.ask(question_of(method, path, body));
  auto json = json_of(api_, reply);
  if (reply) {
    const auto warning = reply->headers.find("rollcall-warning");
    if (warning != reply->headers.end()) note(warning->second);
  }
  return json;
}

int Caller::give_up(const Failure& failure) const {
  note(failure.message);
  return failure.exit_code;
}

int Caller::refuse(const std::string& mistake) const { return give_up({kUsage, mistake}); }

void Caller::note(const std::string& line) const {
  console_.err << "rollcall " << name_ << ": " << line << '\n' << std::flush;
}

}  // namespace rollcall::cli
