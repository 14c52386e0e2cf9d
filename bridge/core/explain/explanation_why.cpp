// SPDX-License-Identifier: Apache-2.0
// Why it is as it is, and what comes next.
#include <algorithm>

#include <fmt/format.h>

#include "base/duration.hpp"
#include "base/quoting.hpp"
#include "bridge/core/explain/explanation_parts.hpp"
#include "bridge/core/lifecycle/rules.hpp"

namespace rollcall::explanation {
namespace {

constexpr std::string_view kByReport = "report", kByDeclaration = "declared", kBySetting = "set",
                           kByRelease = "released";

std::string seconds(Millis duration) {
  return fmt::format("{} s", std::chrono::duration_cast<Seconds>(duration).count());
}

/// Goes on from "its connection ended".
std::string how_it_ended(const EndRecord& end) {
  switch (end.cause.value_or(Cause::unknown)) {
    case Cause::client_disconnect:
      return "as it should: the device said DISCONNECT";
    case Cause::disconnect_with_will:
      return "by a DISCONNECT that asked for the will to be sent";
    case Cause::connection_closed:
      return "without a DISCONNECT: the network connection was closed";
    case Cause::keepalive_timeout: {
      auto text =
          fmt::format("by a keepalive timeout: the broker heard nothing for {}", seconds(end.silence));
      // floor(1.5 × keepalive) gives each silence to one keepalive only; others were cut short by a packet.
      const Seconds keepalive{(2 * std::chrono::floor<Seconds>(end.silence).count() + 2) / 3};
      if (silence_of(Cause::keepalive_timeout, keepalive) != end.silence) return text;
      return fmt::format("{} (keepalive {} s)", text, keepalive.count());
    }
    case Cause::taken_over:
      return "by a takeover: the same client id connected again, as another device";
    case Cause::kicked:
      return "because the broker's administrator ended it";
    case Cause::not_authorized:
      return "because the broker withdrew the permission";
    case Cause::protocol_error:
      return "by a protocol error: the broker couldn't accept what the device sent";
    case Cause::broker_lost:
      return "with its broker, which was away or stood still, or with the link to it; it wasn't back when "
             "the "
             "grace after that was over";
    case Cause::unknown:
      return "for a cause that the broker didn't tell";
  }
  return "";
}

}  // namespace

std::string client(std::string_view client_id, std::string_view username, std::string_view address) {
  auto text = fmt::format("client id {}", in_quotes(client_id));
  if (!username.empty()) text += fmt::format(", user {}", in_quotes(username));
  if (!address.empty()) text += fmt::format(", address {}", address);
  return text;
}

namespace {

/// What led to the wait that led here, for a device that isn't connected.
std::string last_heard(const Explanation& it) {
  const auto& end = it.record.last_end;
  if (it.record.is_only_registered()) return "it is registered, not seen yet";
  if (!it.was_connected) return fmt::format("it reported, without a connection, {}", when(end.at, it.now));
  return fmt::format("its connection ended {} {}", when(end.at, it.now), how_it_ended(end));
}

std::string why_online(const Explanation& it, std::string_view cause) {
  if (!it.is_connected() && !it.record.set) {
    const bool is_waiting = it.record.wait && it.record.wait->kind == WaitKind::first;
    return last_heard(it) + (is_waiting ? "; the wait after that isn't over" : "");
  }
  if (cause == kByReport) return "it reported";
  const auto& row = it.entered_by;
  if (!row || row->client_id.empty()) return "it connected";
  return fmt::format("it connected ({})", client(row->client_id, {}, row->address));
}

}  // namespace

std::string why(const Explanation& it) {
  const auto& record = it.record;
  const std::string_view cause = it.entered_by ? std::string_view(it.entered_by->cause) : std::string_view();
  if (record.set) return "an operator set it";
  if (cause == kByRelease) return "an operator released it: it would have come to this without what was set";
  if (cause == kBySetting) return "an operator had set the status before it, and the time for that was over";
  if (it.status == "online") return why_online(it, cause);
  if (it.is_connected()) {
    if (it.definition == nullptr || !it.definition->report_every) return "its report was late";
    const auto grace = it.definition->report_grace.value_or(Millis{0});
    return fmt::format("it is connected, but a report was due within {} of the last time it was heard of, {}",
                       format_duration(*it.definition->report_every + grace), when(record.heard, it.now));
  }
  if (record.is_only_registered()) return "an operator registered it: it is registered, not seen yet";
  if (cause == kByDeclaration) {
    return fmt::format("it had declared that; then {}", last_heard(it));
  }
  return fmt::format("{}, and nothing was heard of it since", last_heard(it));
}

std::string graceful(const Explanation& it) {
  const auto& end = it.record.last_end;
  const auto cause = to_string(*end.cause);
  if (it.definition == nullptr || is_graceful(*it.definition, end) != end.graceful)
    return fmt::format("{}, by the rules of then", end.graceful ? "yes" : "no");
  if (it.definition->graceful_causes && end.cause != Cause::taken_over) {
    const auto& list = *it.definition->graceful_causes;
    const bool is_listed = std::find(list.begin(), list.end(), end.cause) != list.end();
    return fmt::format("{}: \"graceful_causes\" of the template {} {} {}", end.graceful ? "yes" : "no",
                       in_quotes(it.definition->name), is_listed ? "names" : "doesn't name", cause);
  }
  if (end.cause == Cause::connection_closed || end.cause == Cause::unknown) {
    return fmt::format("{}: {} is, by the table of causes, where no will was sent",
                       end.graceful ? "yes" : "no", cause);
  }
  return fmt::format("{}: {} {} by the table of causes", end.graceful ? "yes" : "no", cause,
                     end.graceful ? "is" : "isn't");
}

std::string_view will(WillState state) {
  switch (state) {
    case WillState::discarded:
      return "discarded by the DISCONNECT";
    case WillState::sent_if_any:
      return "sent, if it had one";
    case WillState::sent:
      return "sent";
    case WillState::not_sent:
      return "not sent: it had none, or one that is delayed";
    case WillState::unknown:
      break;
  }
  return "not known";
}

namespace {

/// Why the wait ends when it ends.
std::string why_then(const Explanation& it, const NextStep& next) {
  const auto& record = it.record;
  const auto& end = record.last_end;
  switch (next.kind) {
    case NextStep::Kind::first: {
      const auto& wait = *record.wait;
      if (wait.not_before != Time::min() && next.at == wait.not_before)
        return "when the grace after the outage was over";
      const auto from_end = next.at - wait.began;
      if (record.declaration && record.declaration->status == next.status)
        return "at once, as it has declared";
      if (end.silence > Millis{0} && from_end > Millis{0}) {
        return fmt::format(
            "a wait of {} after the disconnect, of which {} of silence had passed when the "
            "broker noticed",
            format_duration(from_end + end.silence), seconds(end.silence));
      }
      return fmt::format("{} after {}", format_duration(from_end),
                         it.was_connected ? "the disconnect" : "the report");
    }
    case NextStep::Kind::next: {
      const auto wait = format_duration(next.at - record.wait->began);
      if (record.declaration && record.declaration->status == record.status && record.declaration->wait)
        return fmt::format("it declared to be back within {}", format_duration(*record.declaration->wait));
      return fmt::format("{} after it became {}", wait, record.status);
    }
    case NextStep::Kind::late:
      return fmt::format("{} after the last connect or report",
                         format_duration(next.at - record.wait->began));
    case NextStep::Kind::forget:
      return fmt::format("{} after it became {}", format_duration(next.at - record.wait->began),
                         record.status);
    case NextStep::Kind::operator_:
      return "the time that the operator gave is over then";
  }
  return "";
}

std::string nothing_next(const Explanation& it) {
  if (const auto& set = it.record.set) {
    return fmt::format("nothing, until {}", set->hold ? "an operator releases it" : "the next contact");
  }
  if (it.is_connected()) return "nothing, while it is connected";
  if (it.record.is_only_registered()) return "nothing, until its first contact";
  if (it.record.wait) return "nothing";
  return fmt::format("nothing: {} is the last status of its template", it.status);
}

}  // namespace

std::string next(const Explanation& it) {
  if (it.cut) {
    return fmt::format(
        "its broker was away from {} on; the device has until {} to come back, else it counts as "
        "disconnected since then",
        when(it.cut->began, it.now), when(it.cut->grace_ends, it.now));
  }
  std::string text;
  if (it.next) {
    const auto& status = it.next->status;
    text = fmt::format("{} {}: {}", status.empty() ? "forgotten" : status, when(it.next->at, it.now),
                       why_then(it, *it.next));
    if (it.next->kind == NextStep::Kind::late) text += ", if no other report comes";
  } else {
    text = nothing_next(it);
  }
  if (it.away) {
    text += fmt::format(
        "; but held: of the broker {} nothing has been heard since {}, and until it is back "
        "nothing happens (if it was down, waits stand still as long)",
        in_quotes(it.away->name), when(it.away->since, it.now));
  } else if (it.next && it.next->at + Seconds{10} < it.now) {
    text += "; overdue: the bridge doesn't run, or waits for news of the broker";
  }
  return text;
}

}  // namespace rollcall::explanation
