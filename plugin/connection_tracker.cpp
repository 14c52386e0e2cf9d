// SPDX-License-Identifier: Apache-2.0
#include "plugin/connection_tracker.hpp"

#include <algorithm>
#include <utility>

#include "plugin/disconnect_cause.hpp"

namespace rollcall::plugin {
namespace {

constexpr std::uint8_t kMqtt5 = 5;

}  // namespace

ConnectionTracker::ConnectionTracker(Broker& broker, ConnectionTable& connections, ActivityLog& activity,
                                     BrokerState& broker_state, BrokerLog& log)
    : broker_(broker),
      connections_(connections),
      activity_(activity),
      broker_state_(broker_state),
      log_(log) {
  activity_.set_source([this](ClientHandle client) {
    auto& sender = clients_.find(client).value();
    sender.is_noted = false;
    return sender.active_at;
  });
}

std::shared_ptr<ConnectionTracker::Client> ConnectionTracker::begin(ClientHandle handle, bool is_bridge) {
  // The broker has freed the record that had this address, without a callback.
  if (clients_.contains(handle)) disconnected(handle, std::nullopt);
  auto client = std::make_shared<Client>();
  client->handle = handle;
  client->is_bridge = is_bridge;
  client->since = client->last_heard = broker_.monotonic();
  clients_[handle] = Sender{client, nullptr, client->since};
  return client;
}

bool ConnectionTracker::is_asked_again() {
  if (!is_reloading_) return false;
  // The broker asks for all of them at once, before the next tick. Where no ticks come, a pause ends it.
  constexpr Millis kPause{10};
  const auto now = broker_.monotonic();
  if (!has_ticks_ && now - reload_seen_ > kPause) is_reloading_ = false;
  reload_seen_ = now;
  return is_reloading_;
}

void ConnectionTracker::login(ClientHandle client, bool is_bridge) {
  settle();
  last_login_ = begin(client, is_bridge);
  last_login_->facts = broker_.facts(client);
  pending_.push_back({Step::Kind::open, last_login_, last_login_->since, std::nullopt});
}

void ConnectionTracker::connected(ClientHandle client, bool is_bridge) {
  // If this connection took over another one, that one ends after this one begins: so its device is never
  // without a connection.
  std::optional<Step> taken_over;
  if (!pending_.empty() && pending_.back().cause == Cause::taken_over &&
      pending_.back().client_id == broker_.facts(client).client_id) {
    taken_over = std::move(pending_.back());
    pending_.pop_back();
  }
  settle();
  const auto newcomer = begin(client, is_bridge);
  confirm(*newcomer, newcomer->since);
  if (!taken_over) return;
  taken_over->at = std::max(taken_over->at, newcomer->since);
  end(*taken_over);
}

void ConnectionTracker::disconnected(ClientHandle client, std::optional<int> reason) {
  const auto line = log_.take_line();  // taken in any case: it is about this disconnect or none
  const auto found = clients_.find(client);
  if (found == clients_.end()) return;
  const auto gone = found->second.client;
  gone->last_heard = found->second.last_heard;
  if (found->second.connection != nullptr)
    activity_.client_left(*found->second.connection, found->second.active_at);
  clients_.erase(found);
  gone->is_gone = true;
  if (!was_let_in(*gone)) {
    std::erase_if(pending_, [&](const Step& step) { return step.client == gone; });
    if (last_login_ == gone) last_login_ = nullptr;
    return;
  }
  Step step{Step::Kind::end, gone, broker_.monotonic(), std::nullopt};
  auto client_id = broker_.facts(client).client_id;
  step.cause = reason ? cause_of_reason(*reason) : cause_before_will(client_id, line);
  if (step.cause == Cause::taken_over) step.client_id = std::move(client_id);
  const bool is_certain = reason && step.cause == Cause::client_disconnect && gone->protocol < kMqtt5;
  pending_.push_back(std::move(step));
  if (is_certain) settle();  // the will was discarded: no need to wait for it
}

bool ConnectionTracker::was_let_in(const Client& client) const {
  if (client.is_confirmed || client.is_proven) return true;
  // Brokers tick between accepting a connection and reading its login, so a login that was good is confirmed
  // by now. 2.0.11 with per_listener_settings never ticks, but it takes the client id from a refused client.
  return !has_ticks_ && !broker_.facts(client.handle).client_id.empty();
}

std::optional<Cause> ConnectionTracker::cause_before_will(const std::string& client_id,
                                                          std::string_view line) {
  if (is_reloading_) return Cause::not_authorized;
  if (last_login_ && !last_login_->is_gone && last_login_->facts.client_id == client_id) {
    last_login_->is_proven = true;
    return Cause::taken_over;
  }
  return log_.cause_of_end(line, client_id);
}

void ConnectionTracker::write_checked(ClientHandle client) {
  // From the back: a will is checked right behind its disconnect, and thousands may have ended in this turn.
  const auto ended = std::find_if(pending_.rbegin(), pending_.rend(), [&](const Step& step) {
    return step.kind == Step::Kind::end && step.client->handle == client;
  });
  if (ended != pending_.rend()) {
    ended->will_sent = true;
    return;
  }
  // The will of a connection that is being taken over comes before its end.
  if (last_login_ && broker_.facts(client).client_id == last_login_->facts.client_id) return;
  if (!pending_.empty()) settle();
}

ConnectionTracker::Sender* ConnectionTracker::heard_from(ClientHandle client,
                                                         std::string_view bridge_username) {
  end_reload();
  if (!pending_.empty()) settle();
  const auto found = clients_.find(client);
  if (found != clients_.end()) {
    found.value().last_heard = broker_.monotonic();
    return reported(found);
  }
  const auto facts = broker_.facts(client);
  if (facts.address.empty()) return nullptr;  // the broker's own bridge to another broker
  const auto newcomer = begin(client, facts.username == bridge_username);
  confirm(*newcomer, newcomer->since);
  return reported(clients_.find(client));
}

void ConnectionTracker::settle() {
  last_login_ = nullptr;
  for (const auto pending = std::exchange(pending_, {}); const auto& step : pending) {
    switch (step.kind) {
      case Step::Kind::open:
        confirm(*step.client, step.at);
        break;
      case Step::Kind::end:
        end(step);
        break;
      case Step::Kind::stall:
        broker_state_.stood_still(
            {step.stall->from, step.stall->until, step.stall->until + broker_.keepalive_sweep()});
        break;
    }
  }
}

void ConnectionTracker::confirm(Client& client, Millis at) {
  client.is_confirmed = true;
  // The keepalive that was agreed is known only now.
  auto at_login = std::exchange(client.facts, {});  // frees them: ids and names may have 64 KiB each
  auto facts = client.is_gone ? std::move(at_login) : broker_.facts(client.handle);
  client.protocol = facts.protocol;
  client.keepalive = facts.keepalive;
  if (client.is_bridge) return;
  if (is_too_long_to_be_reported(facts)) {
    ++unreported_;
    return;
  }
  client.connection = connections_.opened(facts, at, client.is_gone ? nullptr : client.handle);
  if (!client.is_gone) clients_.at(client.handle).connection = connections_.find(client.connection);
}

void ConnectionTracker::end(const Step& step) {
  if (step.client->connection == 0) return;
  connections_.ended(step.client->connection, step.at, cause_of(step), step.will_sent);
}

Cause ConnectionTracker::cause_of(const Step& step) const {
  const auto& client = *step.client;
  const bool follows_stall = is_within_sweep(step.at);
  if (step.cause == Cause::keepalive_timeout && follows_stall) return Cause::broker_lost;
  if (step.cause == Cause::client_disconnect && step.will_sent && client.protocol == kMqtt5)
    return Cause::disconnect_with_will;
  if (step.cause) return *step.cause;
  // Before MQTT 5 a will that was sent means that there was no DISCONNECT. If the client was heard too lately
  // for its keepalive to have run out, it closed its connection.
  const auto forward = follows_stall ? std::max(stall_->step, Millis{0}) : Millis{0};
  const bool keepalive_is_impossible =
      client.keepalive == 0 ||
      step.at - client.last_heard + forward < silence_of(Cause::keepalive_timeout, Seconds{client.keepalive});
  if (step.will_sent && client.protocol < kMqtt5 && keepalive_is_impossible) return Cause::connection_closed;
  return follows_stall && !keepalive_is_impossible ? Cause::broker_lost : Cause::unknown;
}

bool ConnectionTracker::is_within_sweep(Millis at) const {
  return stall_ && at >= stall_->until && at <= stall_->until + broker_.keepalive_sweep();
}

void ConnectionTracker::stood_still(const Stall& stall) {
  stall_ = stall;
  pending_.push_back({Step::Kind::stall, nullptr, stall.until, std::nullopt});
  pending_.back().stall = stall;
}

void ConnectionTracker::reloading() {
  settle();
  is_reloading_ = true;
  reload_seen_ = broker_.monotonic();
}

void ConnectionTracker::end_reload() { is_reloading_ = false; }

void ConnectionTracker::tick() {
  has_ticks_ = true;
  end_reload();
  settle();
}

}  // namespace rollcall::plugin
