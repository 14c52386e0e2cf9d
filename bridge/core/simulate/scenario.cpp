// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/simulate/scenario.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

#include "base/duration.hpp"
#include "base/result.hpp"
#include "base/utf8.hpp"

namespace rollcall {
namespace {

constexpr std::string_view kEvents =
    "connect, disconnect, lost, report, declare, set, release, mute, unmute, broker_down, broker_up, "
    "broker_stall, clock, end";
constexpr std::string_view kCauses =
    "client_disconnect, disconnect_with_will, connection_closed, keepalive_timeout, taken_over, kicked, "
    "not_authorized, protocol_error, broker_lost, unknown";

std::string in_quotes(std::string_view text) {
  constexpr std::size_t kMaxShown = 60;
  std::string out(utf8_prefix(text, kMaxShown));
  std::replace_if(
      out.begin(), out.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, '?');
  return "'" + out + (text.size() > kMaxShown ? "…'" : "'");
}

/// A `#` begins a comment at the beginning of a word only: client ids may have one inside.
std::vector<std::string_view> words_of(std::string_view line) {
  constexpr std::string_view kBlank = " \t\r\v\f";
  std::vector<std::string_view> words;
  for (;;) {
    const auto begin = line.find_first_not_of(kBlank);
    if (begin == std::string_view::npos || line[begin] == '#') return words;
    line.remove_prefix(begin);
    const auto end = std::min(line.find_first_of(kBlank), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

/// The words after an event's name, each of them to be taken once by its name.
class Options {
 public:
  explicit Options(std::vector<std::string_view> words) : words_(std::move(words)) {}

  /// The text after `name=`; nothing: it isn't there.
  std::optional<std::string_view> value(std::string_view name) {
    return take(
        [&](std::string_view word) {
          return word.size() > name.size() && word.starts_with(name) && word[name.size()] == '=';
        },
        name.size() + 1);
  }

  bool flag(std::string_view name) {
    return take([&](std::string_view word) { return word == name; }, 0).has_value();
  }

  /// A word that begins with a sign.
  std::optional<std::string_view> signed_word() {
    return take([](std::string_view word) { return word.starts_with('+') || word.starts_with('-'); }, 0);
  }

  /// What is wrong with the words that nobody took.
  std::optional<Error> complaint(std::string_view event, std::string_view known) const {
    if (repeated_) return Error{in_quotes(*repeated_) + ": this option was given before"};
    if (words_.empty()) return std::nullopt;
    const std::string takes = known.empty() ? " takes no options" : " takes " + std::string(known);
    return Error{"unknown option " + in_quotes(words_.front()) + "; " + in_quotes(event) + takes};
  }

 private:
  template <typename Matches>
  std::optional<std::string_view> take(Matches matches, std::size_t skip) {
    const auto first = std::find_if(words_.begin(), words_.end(), matches);
    if (first == words_.end()) return std::nullopt;
    const std::string_view taken = first->substr(skip);
    const auto again = std::find_if(first + 1, words_.end(), matches);
    if (again != words_.end() && !repeated_) repeated_ = *again;
    words_.erase(first);
    return taken;
  }

  std::vector<std::string_view> words_;
  std::optional<std::string_view> repeated_;
};

Result<std::optional<std::string>> client_id_of(Options& options) {
  const auto text = options.value("client_id");
  if (!text) return std::nullopt;
  if (text->empty()) return fail("client_id is empty");
  return std::string(*text);
}

Result<Seconds> keepalive_of(std::string_view text) {
  constexpr int kMax = 65535;
  int seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size() || seconds < 0 || seconds > kMax ||
      text.front() == '-') {
    return fail("keepalive is " + in_quotes(text) +
                "; it is whole seconds from 0 to 65535, such as keepalive=60");
  }
  return Seconds{seconds};
}

Result<ScenarioEvent> parse_connect(Options& options) {
  ScenarioConnect connect;
  if (const auto text = options.value("keepalive")) {
    const auto keepalive = keepalive_of(*text);
    if (!keepalive) return tl::make_unexpected(keepalive.error());
    connect.keepalive = *keepalive;
  }
  const auto client_id = client_id_of(options);
  if (!client_id) return tl::make_unexpected(client_id.error());
  if (*client_id) connect.client_id = **client_id;
  connect.has_will = options.flag("will");
  if (const auto wrong = options.complaint("connect", "keepalive=S, client_id=X and will")) {
    return tl::make_unexpected(*wrong);
  }
  return connect;
}

Result<ScenarioEvent> parse_disconnect(Options& options) {
  ScenarioDisconnect disconnect;
  if (const auto text = options.value("cause")) {
    const auto cause = cause_from_string(*text);
    if (!cause) return fail("unknown cause " + in_quotes(*text) + "; known are " + std::string(kCauses));
    disconnect.cause = *cause;
  }
  const auto client_id = client_id_of(options);
  if (!client_id) return tl::make_unexpected(client_id.error());
  disconnect.client_id = *client_id;
  if (const auto wrong = options.complaint("disconnect", "cause=CAUSE and client_id=X")) {
    return tl::make_unexpected(*wrong);
  }
  return disconnect;
}

Result<ScenarioEvent> parse_lost(Options& options) {
  const auto client_id = client_id_of(options);
  if (!client_id) return tl::make_unexpected(client_id.error());
  if (const auto wrong = options.complaint("lost", "client_id=X")) return tl::make_unexpected(*wrong);
  return ScenarioLost{*client_id};
}

Result<std::string> status_of(Options& options, std::string_view event) {
  const auto status = options.value("status");
  if (!status || status->empty()) return fail(in_quotes(event) + " needs status=S, a key of the template");
  return std::string(*status);
}

Result<std::optional<Millis>> wait_of(Options& options) {
  const auto text = options.value("for");
  if (!text) return std::nullopt;
  const auto wait = parse_duration(*text);
  if (!wait) return fail("for: " + wait.error().message);
  return *wait;
}

Result<ScenarioEvent> parse_declare(Options& options) {
  const auto status = status_of(options, "declare");
  if (!status) return tl::make_unexpected(status.error());
  const auto wait = wait_of(options);
  if (!wait) return tl::make_unexpected(wait.error());
  if (const auto wrong = options.complaint("declare", "status=S and for=D"))
    return tl::make_unexpected(*wrong);
  return ScenarioDeclare{*status, *wait};
}

Result<ScenarioEvent> parse_set(Options& options) {
  const auto status = status_of(options, "set");
  if (!status) return tl::make_unexpected(status.error());
  const auto wait = wait_of(options);
  if (!wait) return tl::make_unexpected(wait.error());
  const bool hold = options.flag("hold");
  if (const auto wrong = options.complaint("set", "status=S, for=D and hold"))
    return tl::make_unexpected(*wrong);
  return ScenarioSet{*status, *wait, hold};
}

Result<ScenarioEvent> parse_mute(Options& options) {
  const auto wait = wait_of(options);
  if (!wait) return tl::make_unexpected(wait.error());
  if (const auto wrong = options.complaint("mute", "for=D")) return tl::make_unexpected(*wrong);
  return ScenarioMute{*wait};
}

Result<ScenarioEvent> parse_broker_stall(Options& options) {
  const auto duration = wait_of(options);
  if (!duration) return tl::make_unexpected(duration.error());
  if (const auto wrong = options.complaint("broker_stall", "for=D")) return tl::make_unexpected(*wrong);
  if (!*duration) return fail("'broker_stall' needs for=D: how long the broker stands still");
  return ScenarioBrokerStall{**duration};
}

Result<ScenarioEvent> parse_clock(Options& options) {
  const auto text = options.signed_word();
  if (const auto wrong = options.complaint("clock", "+DURATION or -DURATION, such as +1h")) {
    return tl::make_unexpected(*wrong);
  }
  if (!text) return fail("'clock' needs +DURATION or -DURATION, such as +1h: by how much it is set");
  const auto by = parse_duration(text->substr(1));
  if (!by) return fail("clock: " + by.error().message);
  return ScenarioClock{text->front() == '-' ? -*by : *by};
}

Result<ScenarioEvent> parse_event(std::string_view name, Options options) {
  if (name == "connect") return parse_connect(options);
  if (name == "disconnect") return parse_disconnect(options);
  if (name == "lost") return parse_lost(options);
  if (name == "declare") return parse_declare(options);
  if (name == "set") return parse_set(options);
  if (name == "mute") return parse_mute(options);
  if (name == "broker_stall") return parse_broker_stall(options);
  if (name == "clock") return parse_clock(options);
  static const std::map<std::string_view, ScenarioEvent> kPlain{
      {"report", ScenarioReport{}},          {"release", ScenarioRelease{}},    {"unmute", ScenarioUnmute{}},
      {"broker_down", ScenarioBrokerDown{}}, {"broker_up", ScenarioBrokerUp{}}, {"end", ScenarioEnd{}}};
  if (const auto plain = kPlain.find(name); plain != kPlain.end()) {
    if (const auto wrong = options.complaint(name, "")) return tl::make_unexpected(*wrong);
    return plain->second;
  }
  return fail("unknown event " + in_quotes(name) + "; known are " + std::string(kEvents));
}

/// The point in time that a line means, given the line before (nullptr: it is the first).
Result<Time> resolve(const ScenarioTime& time, const Scenario& scenario) {
  constexpr Millis kDay = std::chrono::hours{24};
  const bool is_first = scenario.lines.empty();
  const Time before = is_first ? Time{} : scenario.lines.back().at;
  switch (time.form) {
    case TimeForm::elapsed:
      return before + time.value;
    case TimeForm::clock: {
      const Time midnight =
          std::chrono::floor<std::chrono::duration<std::int64_t, std::ratio<86400>>>(before);
      const Time same_day = midnight + time.value;
      return same_day < before ? same_day + kDay : same_day;
    }
    case TimeForm::date:
      break;
  }
  if (!is_first && scenario.form != TimeForm::date) {
    return fail("a time with a date can't follow a first line without one");
  }
  return is_first ? Time{time.value} : std::max(before, Time{time.value});
}

}  // namespace

tl::expected<Scenario, ScenarioError> parse_scenario(std::string_view text) {
  Scenario scenario;
  const auto mistake = [](std::size_t line, std::string message) {
    return tl::make_unexpected(ScenarioError{line, std::move(message)});
  };
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto line_end = std::min(text.find('\n'), text.size());
    auto words = words_of(text.substr(0, line_end));
    text.remove_prefix(std::min(line_end + 1, text.size()));
    if (words.empty()) continue;

    if (!scenario.lines.empty() && std::holds_alternative<ScenarioEnd>(scenario.lines.back().event)) {
      return mistake(number, "nothing may follow 'end'");
    }
    const auto time = parse_scenario_time(words[0]);
    if (!time) return mistake(number, time.error().message);
    const auto at = resolve(*time, scenario);
    if (!at) return mistake(number, at.error().message);
    if (words.size() < 2) {
      return mistake(number, "there is no event after the time; known are " + std::string(kEvents));
    }
    const std::string_view name = words[1];
    words.erase(words.begin(), words.begin() + 2);
    auto event = parse_event(name, Options(std::move(words)));
    if (!event) return mistake(number, std::move(event.error().message));

    if (scenario.lines.empty()) {
      scenario.form = time->form;
      scenario.start = time->form == TimeForm::elapsed ? Time{} : *at;
    }
    scenario.has_millis = scenario.has_millis || time->has_millis;
    scenario.lines.push_back(ScenarioLine{number, *at, std::move(*event)});
  }
  if (scenario.lines.empty()) return mistake(1, "the scenario has no events");
  return scenario;
}

}  // namespace rollcall
