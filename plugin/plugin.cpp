// SPDX-License-Identifier: Apache-2.0
#include "plugin/plugin.hpp"

#include <chrono>
#include <utility>

namespace rollcall::plugin {

Plugin::Plugin(Options options, Broker& broker, bool is_v21, std::uint64_t boot)
    : options_(std::move(options)),
      names_(options_.topic_prefix),
      is_v21_(is_v21),
      broker_(broker),
      log_(broker_),
      broker_log_(broker),
      stream_(broker_, boot, names_.stream()),
      broker_state_(stream_),
      connections_(stream_),
      activity_(broker_, stream_, connections_, std::chrono::seconds{options_.activity_interval_seconds}),
      reports_([this](const stream::Reported& report) { stream_.add(report); }),
      commands_(broker_, stream_),
      snapshots_(stream_, broker_state_, connections_, activity_, reports_),
      tracker_(broker_, connections_, activity_, broker_state_, broker_log_),
      permissions_(names_),
      guard_(broker_, names_, permissions_, options_.bridge_username, options_.bridge_secret),
      requests_({broker_, stream_, snapshots_, activity_, guard_, permissions_, names_, commands_},
                {ROLLCALL_VERSION, options_.broker_name, is_v21,
                 std::chrono::seconds{options_.activity_interval_seconds}}),
      placeholder_(broker_, stream_, tracker_) {}

Verdict Plugin::basic_auth(ClientHandle client, std::optional<std::string_view> username,
                           std::optional<std::string_view> password) {
  // Without ticks, nothing else may happen for long.
  if (!is_v21_ && !tracker_.has_ticks()) broker_log_.write_probe();
  check_for_stall();
  forget_left_bridges();
  const bool is_asked_again = tracker_.is_asked_again();
  const auto verdict = is_asked_again
                           ? guard_.login_again(client, username, password)
                           : guard_.login(client, broker_.facts(client).client_id, username, password);
  if (!is_v21_ && !is_asked_again) tracker_.login(client, guard_.is_bridge(client));
  return verdict;
}

Verdict Plugin::acl_check(ClientHandle client, Access access, const char* raw_topic,
                          std::string_view payload) {
  const bool is_ordinary = !names_.may_be_special(raw_topic);
  if (access == Access::read && commands_.wants_reads() && !commands_.may_read(client, raw_topic, payload))
    return Verdict::deny;
  if (is_ordinary && access == Access::read) return Verdict::none;
  if (access == Access::write) {
    tracker_.write_checked(client);
    if (is_ordinary) {
      forget_left_bridges();
      return commands_.is_on() && commands_.refuse(raw_topic) ? Verdict::deny : Verdict::none;
    }
  }
  const std::string_view topic = raw_topic;
  if (!is_v21_) {
    // Whoever is about to read a line of the log, the broker has written it.
    if (access == Access::read && is_broker_log(topic)) broker_log_.line_came(payload);
    if (access == Access::subscribe) {
      heard_from(client);
      if (is_broker_log(topic) && guard_.is_bridge(client)) broker_log_.set_subscribed(true);
    }
  }
  if (access == Access::subscribe) handle_subscription(client);
  if (access != Access::write) return guard_.access(client, access, topic);
  // A bridge that has left may write its will, once: its address may be another client's by now.
  if (topic != names_.bridge()) forget_left_bridges();
  const auto verdict = guard_.access(client, access, topic);
  forget_left_bridges();
  const bool is_command = verdict == Verdict::none && commands_.is_on() && commands_.refuse(topic);
  return is_command ? Verdict::deny : verdict;
}

void Plugin::connected(ClientHandle client) {
  check_for_stall();
  forget_left_bridges();
  tracker_.connected(client, guard_.is_bridge(client));
  placeholder_.publish();
}

void Plugin::disconnected(ClientHandle client, std::optional<int> reason) {
  check_for_stall();
  permissions_.forget(client);
  tracker_.disconnected(client, reason);
  if (guard_.is_bridge(client)) {
    left_bridges_.push_back(client);  // its will is still to be written
    broker_log_.set_subscribed(false);
  }
  if (is_v21_) placeholder_.publish();
}

/// The broker knows by itself whom it gives what is retained to; the rest is kept for devices that are away.
void Plugin::handle_command(Connection* connection, const PublishedMessage& message) {
  commands_.published(message, connection == nullptr ? other_commands_ : connection->commands);
}

/// It counts from the end of this callback on, if the broker lets it.
void Plugin::handle_subscription(ClientHandle client) {
  if (!commands_.is_keeping()) return;
  const auto* sender = is_v21_ ? tracker_.begin_message(client) : heard_from(client);
  if (sender == nullptr || !commands_.is_queued_client(broker_.facts(client).client_id)) return;
  stream_.add(stream::Subscribed{sender->connection->number});
  if (is_v21_) placeholder_.publish();
}

void Plugin::message(ClientHandle client, const char* topic, std::string_view payload, bool is_retained,
                     std::uint8_t qos, const void* properties) {
  auto* sender = is_v21_ ? tracker_.begin_message(client) : heard_from(client);
  const auto kind = names_.may_be_special(topic) ? names_.kind_of(topic) : TopicKind::none;
  if (sender != nullptr) {
    if (kind == TopicKind::declare) {
      handle_declaration(*sender->connection, client, topic, payload);
      return;
    }
    if (activity_.is_on()) {
      tracker_.note_activity(*sender, is_v21_ ? broker_.monotonic() : sender->last_heard);
    }
  }
  if (commands_.is_keeping() && kind == TopicKind::none && !is_retained)
    handle_command(sender == nullptr ? nullptr : sender->connection, {topic, payload, qos, properties});
  const bool may_be_report =
      kind == TopicKind::report || (kind == TopicKind::none && permissions_.may_be_report(topic));
  if (may_be_report && !guard_.is_bridge(client)) {
    handle_report(sender == nullptr ? nullptr : sender->connection, client, topic, kind == TopicKind::report,
                  is_retained);
  }
}

void Plugin::handle_declaration(Connection& connection, ClientHandle client, std::string_view topic,
                                std::string_view payload) {
  // Checked once more: another plugin may have let the message pass before the guard was asked.
  if (!permissions_.may_declare(client, broker_.facts(client), topic)) return;
  connections_.declared(connection, broker_.monotonic(), payload);
  if (is_v21_) placeholder_.publish();
}

/// `connection`: nullptr if the client has none that is reported. `is_by_topic`: on ds/report/{device}; else
/// by a rule with `report_topic`.
void Plugin::handle_report(Connection* connection, ClientHandle client, std::string_view topic,
                           bool is_by_topic, bool is_retained) {
  const auto facts = broker_.facts(client);
  const auto is_report = [&](bool retained) {
    return is_by_topic ? !retained && permissions_.may_report(facts, topic)
                       : permissions_.is_report(facts, topic, retained);
  };
  if (!is_report(is_retained)) {
    if (is_retained && !log_.has_logged_retained_report() && is_report(false)) {
      log_.log_retained_report(names_.prefix(), topic);
    }
    return;
  }
  auto& of_publisher = connection == nullptr ? other_reports_ : connection->reports;
  reports_.note(topic, is_by_topic ? ClientFacts{} : facts, broker_.monotonic(), of_publisher);
  if (is_v21_) placeholder_.publish();
}

ConnectionTracker::Sender* Plugin::heard_from(ClientHandle client) {
  forget_left_bridges();
  // A bridge that logged in during a reload isn't known as one, but it is no device either.
  return tracker_.heard_from(client, options_.bridge_username);
}

void Plugin::control(ClientHandle client, std::string_view payload) {
  check_for_stall();
  tracker_.end_reload();
  tracker_.settle();
  forget_left_bridges();
  if (!guard_.is_bridge(client)) return;
  requests_.receive(client, payload);
  if (!tracker_.has_ticks()) commands_.end_turn(false);
  check_broker_log();
  emit_due();
  stream_.flush();
  write_log();
}

void Plugin::reload() {
  tracker_.reloading();
  broker_log_.reloaded();
}

void Plugin::tick() {
  if (const auto stall = stalls_.ticked(broker_.monotonic(), broker_.wall())) handle_stall(*stall);
  tracker_.tick();
  forget_left_bridges();
  requests_.tick();
  commands_.end_turn(true);
  check_broker_log();
  emit_due();
  stream_.flush();
  stream_.beat();
  write_log();
}

void Plugin::check_for_stall() {
  if (const auto stall = stalls_.called(broker_.monotonic(), broker_.wall())) handle_stall(*stall);
}

void Plugin::handle_stall(const Stall& stall) {
  tracker_.stood_still(stall);
  log_.log_stall(stall);
}

void Plugin::forget_bridges(const std::vector<ClientHandle>& bridges) {
  for (const auto client : bridges) {
    guard_.forget(client);
    requests_.forget(client);
  }
}

void Plugin::check_broker_log() {
  if (is_v21_) return;
  broker_log_.write_probe();
  broker_state_.set_cause_log(broker_log_.state());
  log_.log_cause_log(broker_log_.state());
}

void Plugin::emit_due() {
  reports_.emit_due(broker_.monotonic(), kMaxEmittedPerLoop);
  connections_.emit_due(broker_.monotonic(), kMaxEmittedPerLoop);
  activity_.emit_due();
}

void Plugin::write_log() {
  log_.log_unreported(tracker_.unreported_count());
  log_.log_refused(requests_.refused_count());
  log_.log_dropped_reports(reports_.dropped_count());
  log_.log_dropped_commands(commands_.dropped_count(), commands_.left_out_count());
  broker_.write();
}

}  // namespace rollcall::plugin
