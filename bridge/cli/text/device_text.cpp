// SPDX-License-Identifier: Apache-2.0
#include "bridge/cli/text/device_text.hpp"

#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/quoting.hpp"
#include "bridge/cli/text/device_list_text.hpp"
#include "bridge/cli/text/words.hpp"

namespace rollcall::cli {
namespace {

/// The lines of one device: a key, and behind it what there is to say.
class DeviceLines {
 public:
  DeviceLines(const Json& device, Time now) : device_(device), now_(now) {}

  std::vector<StyledLine> take() {
    lines_.push_back({{printable(text_of(device_, "device")), {"", true, false}}});
    add_status();
    add("next", next());
    add_connections();
    if (const auto seen = when("last_seen"); !seen.empty()) add("last seen", seen);
    add_marks();
    add_operators();
    add("availability", availability());
    add("disconnects", disconnects());
    add("template", printable(text_of(device_, "template")));
    if (const Json& rule = member(device_, "rule"); rule.is_object()) {
      add("rule", fmt::format("{} of \"devices\": {}", number_of(rule, "index") + 1, text_of(rule, "text")));
    }
    if (const auto message = text_of(device_, "message"); !message.empty())
      add("message", printable(message));
    return std::move(lines_);
  }

 private:
  void add(std::string_view key, std::string text, Style style = {}) {
    constexpr int kKeyWidth = 12;
    lines_.push_back({{fmt::format("  {:<{}}  ", key, kKeyWidth)}, {std::move(text), std::move(style)}});
  }

  std::string when(const Json& object, const char* name) const {
    const auto time = time_of(object, name);
    return time ? exactly_and_ago(*time, now_) : std::string();
  }
  std::string when(const char* name) const { return when(device_, name); }

  void add_status() {
    const auto words = status_words(text_of(device_, "status"), text_of(device_, "label"));
    add("status", words, {text_of(device_, "color"), false, false});
    std::string rest;
    if (const auto since = when("since"); !since.empty()) rest += " since " + since;
    if (const auto previous = text_of(device_, "previous"); !previous.empty())
      rest += "; before that " + previous;
    lines_.back().push_back({std::move(rest)});
  }

  std::string next() const {
    const Json& next = member(device_, "next");
    if (!next.is_object()) return "nothing is pending";
    return fmt::format("{} {}", printable(text_of(next, "status")), when(next, "at"));
  }

  void add_connections() {
    const Json& connections = member(device_, "connections");
    if (connections.is_array()) {
      for (const Json& each : connections) add("connected", connection(each));
    }
    if (is_true(device_, "connected")) return;
    const auto cause = text_of(device_, "cause");
    auto text = std::string("no");
    if (!cause.empty())
      text += fmt::format("; {}{}", cause, is_true(device_, "graceful") ? ", graceful" : "");
    if (const auto end = when("last_disconnect"); !end.empty()) text += ", " + end;
    add("connected", std::move(text));
  }

  std::string connection(const Json& it) const {
    auto text = fmt::format("yes: broker {}, client id {}", in_quotes(text_of(it, "broker")),
                            in_quotes(text_of(it, "client_id")));
    if (const auto user = text_of(it, "username"); !user.empty()) text += ", user " + in_quotes(user);
    if (const auto address = text_of(it, "address"); !address.empty())
      text += ", address " + printable(address);
    const auto keepalive = number_of(it, "keepalive");
    text += keepalive > 0 ? fmt::format(", keepalive {} s", keepalive) : ", no keepalive";
    if (const auto protocol = text_of(it, "protocol"); !protocol.empty()) text += ", MQTT " + protocol;
    if (const auto since = when(it, "since"); !since.empty()) text += ", since " + since;
    return text;
  }

  void add_marks() {
    if (is_true(device_, "flapping")) add("flapping", "yes: it comes and goes");
    if (is_true(device_, "conflict")) add("conflict", "clients fight over its client id");
    const auto muted = time_of(device_, "muted_until");
    if (!muted) return;
    // For ever is a time that nobody lives to see.
    const bool is_for_ever = *muted - now_ > std::chrono::hours{24} * 366 * 100;
    add("muted", is_for_ever ? "until it is unmuted" : "until " + exactly_and_ago(*muted, now_));
  }

  void add_operators() {
    if (const Json& set = member(device_, "set"); set.is_object()) {
      auto text = fmt::format("{} since {}", printable(text_of(set, "status")), when(set, "since"));
      if (const auto until = when(set, "until"); !until.empty()) text += ", until " + until;
      text += is_true(set, "hold") ? ", held: a contact doesn't end it" : ", until the next contact";
      add("set", std::move(text));
    }
    if (const Json& declared = member(device_, "declaration"); declared.is_object()) {
      auto text = printable(text_of(declared, "status"));
      if (const auto wait = text_of(declared, "for"); !wait.empty()) text += " for " + printable(wait);
      add("declared", text + ", " + when(declared, "at"));
    }
  }

  std::string availability() const {
    const Json& all = member(device_, "availability");
    return fmt::format("{} in 24 h, {} in 7 d, {} in 30 d", percent(fraction_of(all, "24h")),
                       percent(fraction_of(all, "7d")), percent(fraction_of(all, "30d")));
  }

  std::string disconnects() const {
    const Json& all = member(device_, "disconnects");
    return fmt::format("{} today, {} in 30 days", number_of(all, "today"), number_of(all, "30d"));
  }

  const Json& device_;
  const Time now_;
  std::vector<StyledLine> lines_;
};

}  // namespace

std::vector<StyledLine> device_lines(const Json& device, Time now) { return DeviceLines(device, now).take(); }

}  // namespace rollcall::cli
