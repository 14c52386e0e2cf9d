// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <future>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/quoting.hpp"
#include "bridge/cli/asking.hpp"
#include "bridge/cli/printable_output.hpp"
#include "bridge/cli/subcommands.hpp"
#include "bridge/cli/text/id_lines.hpp"
#include "bridge/cli/text/words.hpp"

namespace rollcall::cli {
namespace {

/// The bridge stores a batch at a time: whoever asks for one device after the other waits for each.
constexpr std::size_t kAtOnce = 32;
constexpr int kKnownAlready = 409;

Json body_of(const std::string& device, const RegisterOptions& options) {
  return {{"device", device}, {"template", options.template_name}};
}

int register_one(const RegisterOptions& options, Caller& caller) {
  const auto device = caller.ask("POST", "/api/v1/devices", body_of(options.device, options));
  if (!device) return caller.give_up(device.error());
  caller.console().out << (options.json ? json_line(*device)
                                        : quoted_unless_plain(options.device) + " is registered")
                       << '\n';
  return kOk;
}

/// A file of ids on its way to the bridge.
class Registration {
 public:
  Registration(const RegisterOptions& options, std::string name, const std::vector<IdLine>& lines,
               Caller& caller)
      : options_(options), name_(std::move(name)), lines_(lines), caller_(caller) {}

  int run() {
    std::optional<Failure> failure;
    for (std::size_t begin = 0; begin < lines_.size() && !failure; begin += kAtOnce) {
      failure = register_some(begin, std::min(begin + kAtOnce, lines_.size()));
      show_progress(std::min(begin + kAtOnce, lines_.size()));
    }
    if (caller_.console().is_terminal_err) write_control(caller_.console().err, "\r\x1b[K");
    auto words = counted(registered_, "device") + (registered_ == 1 ? " is registered" : " are registered");
    if (known_ > 0) words += fmt::format("; {} known already", known_);
    if (failure) {
      caller_.note(words);
      return caller_.give_up(*failure);
    }
    if (options_.json) {
      caller_.console().out << json_line({{"registered", registered_}, {"known", known_}}) << '\n';
    } else {
      caller_.console().out << words << '\n';
    }
    return kOk;
  }

 private:
  std::optional<Failure> register_some(std::size_t begin, std::size_t end) {
    std::vector<std::future<Result<HttpReply>>> replies;
    for (std::size_t i = begin; i < end; ++i) {
      replies.push_back(std::async(std::launch::async, [this, i] {
        return caller_.api().ask(question_of("POST", "/api/v1/devices", body_of(lines_[i].id, options_)));
      }));
    }
    std::optional<Failure> failure;
    for (std::size_t i = begin; i < end; ++i) {
      const auto reply = replies[i - begin].get();
      if (reply && reply->status == kKnownAlready) {
        ++known_;
        continue;
      }
      const auto json = json_of(caller_.api(), reply);
      if (json) {
        ++registered_;
      } else if (!failure) {
        failure = Failure{json.error().exit_code,
                          fmt::format("{}:{}: {}", name_, lines_[i].number, json.error().message)};
      }
    }
    return failure;
  }

  void show_progress(std::size_t done) const {
    auto& console = caller_.console();
    if (!console.is_terminal_err) return;
    write_control(console.err, fmt::format("\r\x1b[K{} of {}", done, lines_.size()));
    console.err << std::flush;
  }

  const RegisterOptions& options_;
  const std::string name_;
  const std::vector<IdLine>& lines_;
  Caller& caller_;
  std::size_t registered_ = 0, known_ = 0;
};

Result<std::string> read_file(const std::string& file, std::istream& in) {
  const auto read = [](std::istream& stream) -> Result<std::string> {
    std::string text(std::istreambuf_iterator<char>(stream), {});
    if (stream.bad()) return fail(errno != 0 ? std::strerror(errno) : "can't be read");
    return text;
  };
  errno = 0;
  if (file == "-") return read(in);
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return fail(errno != 0 ? std::strerror(errno) : "can't be opened");
  return read(stream);
}

int register_file(const RegisterOptions& options, Caller& caller) {
  const std::string name = options.file == "-" ? "<stdin>" : options.file;
  const auto text = read_file(options.file, caller.console().in);
  if (!text) return caller.refuse(name + ": " + text.error().message);
  const auto lines = read_id_lines(*text);
  // Before the first is registered, so that whoever corrects the file begins with none of it.
  if (!lines.mistakes.empty()) {
    constexpr std::size_t kMostMistakes = 10;
    const auto shown = std::min(lines.mistakes.size(), kMostMistakes);
    for (std::size_t i = 0; i < shown; ++i) {
      caller.note(fmt::format("{}:{}: {}", name, lines.mistakes[i].number, lines.mistakes[i].id));
    }
    if (shown < lines.mistakes.size()) caller.note(fmt::format("and {} more", lines.mistakes.size() - shown));
    return caller.refuse("nothing is registered");
  }
  return Registration(options, name, lines.ids, caller).run();
}

}  // namespace

int run_register(const RegisterOptions& options, Caller& caller) {
  if (options.device.empty() == options.file.empty())
    return caller.refuse("a DEVICE or --file FILE is needed");
  return options.file.empty() ? register_one(options, caller) : register_file(options, caller);
}

}  // namespace rollcall::cli
