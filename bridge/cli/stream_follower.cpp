// SPDX-License-Identifier: Apache-2.0
#include "bridge/cli/stream_follower.hpp"

#include <chrono>
#include <utility>

#include "bridge/cli/subcommands.hpp"

namespace rollcall::cli {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPause{200};
constexpr milliseconds kBeforeRetry{1000};

}  // namespace

std::optional<Failure> follow_stream(Caller& caller, const Following& following) {
  std::string last_id;
  bool has_been_open = false, is_done = false;
  StreamReader reader;
  reader.pause = kPause;
  reader.on_open = [&] {
    has_been_open = true;
    is_done = following.on_open && !following.on_open();
    return !is_done;
  };
  reader.on_event = [&](const ServerEvent& event) {
    last_id = event.id;
    is_done = !following.on_event(event);
    return !is_done;
  };
  reader.on_pause = [&] {
    is_done = following.on_pause && !following.on_pause();
    return !is_done;
  };
  for (;;) {
    HttpQuestion question;
    question.path = following.path;
    if (following.resumes && !last_id.empty()) question.headers.emplace_back("Last-Event-ID", last_id);
    const auto reply = caller.api().follow(question, reader);
    if (is_done) return std::nullopt;
    auto failure = !reply                 ? unreachable(caller.api(), reply.error())
                   : reply->status == 200 ? Failure{kUnavailable, "it has ended the connection"}
                                          : failure_of(*reply);
    if (!has_been_open || failure.exit_code == kUsage) return failure;
    following.on_away(reply ? failure.message : reply.error().message);
    for (auto waited = milliseconds{0}; waited < kBeforeRetry; waited += kPause) {
      if (following.on_pause && !following.on_pause()) return std::nullopt;
      caller.api().wait(kPause);
    }
  }
}

}  // namespace rollcall::cli
