// SPDX-License-Identifier: Apache-2.0
// A bridge that answers what a test says, and a command line that asks it.
#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

#include "bridge/cli/command_line.hpp"
#include "bridge/cli/subcommands.hpp"
#include "tests/unit/cli/text/answers.hpp"

namespace rollcall::cli {

inline HttpReply reply(int status, std::string body, std::map<std::string, std::string> headers = {}) {
  return {status, std::move(headers), std::move(body)};
}
inline HttpReply problem_reply(int status, const std::string& detail) {
  return reply(status, Json{{"status", status}, {"detail", detail}}.dump());
}

/// What happens on a stream, one after the other.
struct StreamStep {
  enum class Kind { refused, opened, event, paused, ended } kind;
  ServerEvent event{};
  std::string error{};  ///< of "refused" and "ended"
  HttpReply answer{};   ///< of "refused" without an error
};

class FakeBridge {
 public:
  std::map<std::string, std::deque<Result<HttpReply>>> answers;  ///< by "METHOD path"; the last one stays
  std::deque<StreamStep> stream;
  std::vector<std::string> asked;     ///< "METHOD path body"
  std::vector<std::string> followed;  ///< path, and Last-Event-ID behind a blank
  BridgeAddress address;              ///< that the command line has named

  void answer(const std::string& question, Result<HttpReply> with) {
    answers[question].push_back(std::move(with));
  }
  void answer(const std::string& question, const Json& json) { answer(question, reply(200, json.dump())); }

  std::unique_ptr<BridgeApi> reach(const BridgeAddress& named) {
    address = named;
    return std::make_unique<Api>(*this);
  }

 private:
  class Api final : public BridgeApi {
   public:
    explicit Api(FakeBridge& bridge) : bridge_(bridge) {}
    Result<HttpReply> ask(const HttpQuestion& question) override { return bridge_.ask(question); }
    Result<HttpReply> follow(const HttpQuestion& question, const StreamReader& reader) override {
      return bridge_.follow(question, reader);
    }
    std::string advice() const override { return "is it running?"; }
    void wait(std::chrono::milliseconds) override {}

   private:
    FakeBridge& bridge_;
  };

  Result<HttpReply> ask(const HttpQuestion& question) {
    const std::lock_guard lock(mutex_);
    const auto name = question.method + " " + question.path;
    asked.push_back(name + (question.body.empty() ? "" : " " + question.body));
    auto& queue = answers[name + (answers.contains(name + " " + question.body) ? " " + question.body : "")];
    if (queue.empty()) return problem_reply(404, "nothing is known as " + name);
    auto answer = queue.front();
    if (queue.size() > 1) queue.pop_front();
    return answer;
  }

  Result<HttpReply> follow(const HttpQuestion& question, const StreamReader& reader) {
    followed.push_back(question.path);
    for (const auto& [name, value] : question.headers) followed.back() += " " + value;
    while (!stream.empty()) {
      const auto step = stream.front();
      stream.pop_front();
      switch (step.kind) {
        case StreamStep::Kind::refused:
          if (!step.error.empty()) return fail(step.error);
          return step.answer;
        case StreamStep::Kind::opened:
          if (!reader.on_open()) return reply(200, "");
          break;
        case StreamStep::Kind::event:
          if (!reader.on_event(step.event)) return reply(200, "");
          break;
        case StreamStep::Kind::paused:
          if (!reader.on_pause()) return reply(200, "");
          break;
        case StreamStep::Kind::ended:
          if (!step.error.empty()) return fail(step.error);
          return reply(200, "");
      }
    }
    return problem_reply(403, "the test is over");
  }

  std::mutex mutex_;
};

/// `rollcall …` with that bridge.
struct Typing {
  FakeBridge bridge;
  std::istringstream in;
  std::ostringstream out, err;
  Console console{in, out, err};

  Typing() {
    console.now = [] { return kNow; };
  }
  int type(std::vector<std::string> arguments) {
    out.str({});
    err.str({});
    CommandLine line(console,
                     [this](const BridgeAddress& named, const auto&) -> Outcome<std::unique_ptr<BridgeApi>> {
                       return bridge.reach(named);
                     });
    return line.run(std::move(arguments));
  }
};

}  // namespace rollcall::cli
