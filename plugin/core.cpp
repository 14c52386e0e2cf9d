// SPDX-License-Identifier: Apache-2.0
#include "plugin/core.hpp"

#include <chrono>
#include <utility>

namespace rollcall::plugin {

void Core::DeferredLog::log(LogLevel level, const std::string& line) {
  constexpr std::size_t kMaxLines = 100;
  if (lines_.size() < kMaxLines) lines_.emplace_back(level, line);
}

void Core::DeferredLog::write() {
  if (lines_.empty()) return;  // in nearly every turn of the broker's; an empty deque has memory of its own
  for (auto lines = std::exchange(lines_, {}); const auto& [level, line] : lines) broker_.log(level, line);
}

Core::Core(Options options, Broker& broker, bool is_v21, std::uint64_t boot)
    : options_(std::move(options)),
      names_(options_.topic_prefix),
      is_v21_(is_v21),
      broker_(broker),
      log_(broker),
      journal_(broker_, boot, names_.stream(), std::chrono::seconds{options_.activity_interval_seconds}),
      observer_(broker_, journal_, log_),
      speakers_(names_),
      guard_(broker_, names_, speakers_, options_.bridge_username, options_.bridge_secret),
      session_(broker_, journal_, guard_, speakers_, names_,
               {ROLLCALL_VERSION, options_.broker_name, is_v21,
                std::chrono::seconds{options_.activity_interval_seconds}}) {}

Verdict Core::basic_auth(ClientHandle client, std::optional<std::string_view> username,
                         std::optional<std::string_view> password) {
  if (!is_v21_ && !observer_.has_ticks()) log_.learn();  // nothing else may happen for long
  look_for_stall();
  forget_left_bridges();
  const bool is_asked_again = observer_.is_asked_again();
  const auto verdict = is_asked_again
                           ? guard_.login_again(client, username, password)
                           : guard_.login(client, broker_.facts(client).client_id, username, password);
  if (!is_v21_ && !is_asked_again) observer_.login(client, guard_.is_bridge(client));
  return verdict;
}

Verdict Core::acl_check(ClientHandle client, Access access, const char* raw_topic, std::string_view payload) {
  const bool is_ordinary = !names_.may_be_special(raw_topic);
  if (is_ordinary && access == Access::read) return Verdict::none;
  if (access == Access::write) {
    observer_.write_checked(client);
    if (is_ordinary) {
      forget_left_bridges();
      return Verdict::none;
    }
  }
  const std::string_view topic = raw_topic;
  if (!is_v21_) {
    // Lines about the log's own subscriber are lines like any other; whoever reads them, it is the broker
    // that wrote them.
    if (access == Access::read && topic.starts_with(kBrokerLog)) log_.came(payload);
    if (access == Access::subscribe) {
      heard_from(client);
      if (topic.starts_with(kBrokerLog) && guard_.is_bridge(client)) log_.set_subscribed(true);
    }
  }
  if (access != Access::write) return guard_.access(client, access, topic);
  // A bridge that has left has its will to write, once: its address may be somebody else's by now.
  if (topic != names_.bridge()) forget_left_bridges();
  const auto verdict = guard_.access(client, access, topic);
  forget_left_bridges();
  return verdict;
}

void Core::connected(ClientHandle client) {
  look_for_stall();
  forget_left_bridges();
  observer_.connected(client, guard_.is_bridge(client));
  announce();
}

void Core::disconnected(ClientHandle client, std::optional<int> reason) {
  look_for_stall();
  observer_.disconnected(client, reason);
  if (guard_.is_bridge(client)) {
    left_bridges_.push_back(client);  // its will is still to be written
    log_.set_subscribed(false);
  }
  if (is_v21_) announce();
}

void Core::message(ClientHandle client, const char* topic, std::string_view payload, bool is_retained) {
  auto* sender = is_v21_ ? observer_.begin_message(client) : heard_from(client);
  const auto kind = names_.may_be_special(topic) ? names_.kind_of(topic) : TopicKind::none;
  if (sender != nullptr) {
    if (kind == TopicKind::declare) {
      declared(*sender->connection, client, topic, payload);
      return;
    }
    if (journal_.notes_activity()) {
      observer_.note_activity(*sender, is_v21_ ? broker_.monotonic() : sender->last_heard);
    }
  }
  const bool may_be_report =
      kind == TopicKind::report || (kind == TopicKind::none && speakers_.may_be_report(topic));
  if (may_be_report && !guard_.is_bridge(client))
    reported(client, topic, kind == TopicKind::report, is_retained);
}

void Core::declared(Journal::Connection& connection, ClientHandle client, std::string_view topic,
                    std::string_view payload) {
  // Asked once more: another plugin may have let the message pass before the guard was asked.
  if (!speakers_.may_declare(broker_.facts(client), topic)) return;
  journal_.declared(connection, broker_.monotonic(), payload);
  if (is_v21_) announce();
}

void Core::reported(ClientHandle client, std::string_view topic, bool by_topic_alone, bool is_retained) {
  const auto facts = broker_.facts(client);
  const auto is_report = [&](bool retained) {
    return by_topic_alone ? !retained && speakers_.may_report(facts, topic)
                          : speakers_.is_report(facts, topic, retained);
  };
  if (!is_report(is_retained)) {
    if (is_retained && !has_told_retained_ && is_report(false)) say_that_retained_is_no_report(topic);
    return;
  }
  journal_.reported(topic, by_topic_alone ? ClientFacts{} : facts, broker_.monotonic());
  if (is_v21_) announce();
}

void Core::say_that_retained_is_no_report(std::string_view topic) {
  has_told_retained_ = true;
  broker_.log(LogLevel::notice,
              "a message with the flag retain is no report: it may be an old one that a gateway repeats. If "
              "the gateway publishes new data with that flag, give its rule with report_topic \"retained\": "
              "\"count\"; on " +
                  names_.prefix() + "/report publish without it (said once; the topic was " +
                  std::string(topic) + ")");
}

Observer::Sender* Core::heard_from(ClientHandle client) {
  forget_left_bridges();
  // A bridge whose login came in the midst of a reload isn't known as one, but it is no device either.
  return observer_.heard_from(client, options_.bridge_username);
}

void Core::control(ClientHandle client, std::string_view payload) {
  look_for_stall();
  observer_.end_reload();
  observer_.settle();
  forget_left_bridges();
  if (!guard_.is_bridge(client)) return;
  session_.handle(client, payload);
  learn_from_log();
  journal_.go_on();
  journal_.flush();
  say_what_is_new();
}

void Core::reload() {
  observer_.reloading();
  log_.reloaded();
}

void Core::look_for_stall() {
  if (const auto stall = stalls_.called(broker_.monotonic(), broker_.wall())) stood_still(*stall);
}

void Core::stood_still(const Stall& stall) {
  observer_.stood_still(stall);
  const auto seconds = [](Millis time) { return std::to_string((time.count() + 500) / 1000) + " s"; };
  if (stall.until > stall.from) {
    broker_.log(LogLevel::warning, "the broker stood still for " + seconds(stall.until - stall.from) +
                                       ": devices whose keepalive ran out meanwhile have time to come back");
  }
  if (stall.step != Millis{0}) {
    broker_.log(LogLevel::warning, std::string("the broker's wall clock was set ") +
                                       (stall.step < Millis{0} ? "back by " + seconds(-stall.step)
                                                               : "forward by " + seconds(stall.step)) +
                                       ": devices that it throws out over that have time to come back");
  }
}

void Core::tick() {
  if (const auto stall = stalls_.ticked(broker_.monotonic(), broker_.wall())) stood_still(*stall);
  observer_.tick();
  forget_left_bridges();
  session_.tick();
  learn_from_log();
  journal_.go_on();
  journal_.flush();
  journal_.beat();
  say_what_is_new();
}

/// 2.1 sends what is published in a tick only after its next sleep, and of an end that is all too late. What
/// a callback publishes goes at the end of the turn, but by then more may have happened: the will of who has
/// gone is sent after the callback, and in a storm come others. So a turn that has news publishes a
/// placeholder, and what there is to tell takes its place when it leaves.
void Core::announce() {
  if (!journal_.is_listened_to() || (observer_.is_settled() && !journal_.has_unsent())) return;
  // What was sent meanwhile stands behind the placeholder: later news mustn't overtake it.
  if (is_announced_ && sent_before_it_ == journal_.sent_count()) return;
  ++turn_;
  sent_before_it_ = journal_.sent_count();
  left_.reset();
  is_announced_ =
      broker_.publish(names_.stream(), {reinterpret_cast<const char*>(&turn_), sizeof turn_}, 0, false);
}

Core::Leaving Core::turn_leaving(std::string_view topic, std::string_view payload) {
  if (topic != names_.stream()) return {};
  constexpr Leaving kNothing{Leaving::What::nothing};
  if (payload != std::string_view{reinterpret_cast<const char*>(&turn_), sizeof turn_}) return kNothing;
  if (is_announced_) {
    is_announced_ = false;
    observer_.settle();
    if (sent_before_it_ == journal_.sent_count()) left_ = journal_.take_message();
  }
  return left_ ? Leaving{Leaving::What::instead, *left_} : kNothing;
}

void Core::forget_bridges(const std::vector<ClientHandle>& bridges) {
  for (const auto client : bridges) {
    guard_.forget(client);
    session_.forget(client);
  }
}

void Core::learn_from_log() {
  if (is_v21_) return;
  log_.learn();
  journal_.set_cause_log(log_.state());
  if (log_.state() == CauseLog::complete || log_.state() == cause_log_told_) return;
  cause_log_told_ = log_.state();
  broker_.log(LogLevel::warning, std::string(remedy_for(cause_log_told_)));
}

void Core::say_what_is_new() {
  if (const auto count = observer_.unreported_count(); count != unreported_told_) {
    if (unreported_told_ == 0) {
      broker_.log(LogLevel::warning,
                  "a client id has more than 1024 bytes, or a user name more than 4096: such clients are no "
                  "devices and are not reported (said once)");
    }
    unreported_told_ = count;
  }
  if (const auto count = session_.refused_count(); count != refused_told_) {
    if (refused_told_ == 0)
      broker_.log(LogLevel::warning,
                  "a request of the bridge was refused: is it of another version? (said once)");
    refused_told_ = count;
  }
  broker_.write();
}

}  // namespace rollcall::plugin
