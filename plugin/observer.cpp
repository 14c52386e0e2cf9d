// SPDX-License-Identifier: Apache-2.0
#include "plugin/observer.hpp"

#include <algorithm>
#include <utility>

namespace rollcall::plugin {
namespace {

constexpr std::uint8_t kMqtt5 = 5;

}  // namespace

Observer::Observer(Broker& broker, Journal& journal, BrokerLog& log)
    : broker_(broker), journal_(journal), log_(log) {
  journal_.set_activity_source([this](ClientHandle client) {
    auto& sender = clients_.find(client).value();
    sender.is_noted = false;
    return sender.active_at;
  });
}

std::shared_ptr<Observer::Client> Observer::begin(ClientHandle handle, bool is_bridge) {
  // An address that is still held here has been freed without a word, and used again.
  if (clients_.contains(handle)) disconnected(handle, std::nullopt);
  auto client = std::make_shared<Client>();
  client->handle = handle;
  client->is_bridge = is_bridge;
  client->since = client->last_heard = broker_.monotonic();
  clients_[handle] = Sender{client, nullptr, client->since};
  return client;
}

bool Observer::is_asked_again() {
  if (!is_reloading_) return false;
  // It asks for all of them in one go, before the next tick. Where no ticks come, a pause says that it is
  // over.
  constexpr Millis kPause{10};
  const auto now = broker_.monotonic();
  if (!has_ticks_ && now - reload_seen_ > kPause) is_reloading_ = false;
  reload_seen_ = now;
  return is_reloading_;
}

void Observer::login(ClientHandle client, bool is_bridge) {
  settle();
  last_login_ = begin(client, is_bridge);
  last_login_->facts = broker_.facts(client);
  steps_.push_back({Step::Kind::open, last_login_, last_login_->since, std::nullopt});
}

void Observer::connected(ClientHandle client, bool is_bridge) {
  // Only the end of the connection that this one took over may still be open: it comes after this one's
  // beginning, so that its device is never without a connection.
  std::optional<Step> taken_over;
  if (!steps_.empty() && steps_.back().cause == Cause::taken_over &&
      steps_.back().client_id == broker_.facts(client).client_id) {
    taken_over = std::move(steps_.back());
    steps_.pop_back();
  }
  settle();
  const auto newcomer = begin(client, is_bridge);
  confirm(*newcomer, newcomer->since);
  if (!taken_over) return;
  taken_over->at = std::max(taken_over->at, newcomer->since);
  end(*taken_over);
}

void Observer::disconnected(ClientHandle client, std::optional<int> reason) {
  const auto line = log_.take_line();  // about this client or nobody, whether it is held here or not
  const auto found = clients_.find(client);
  if (found == clients_.end()) return;
  const auto gone = found->second.client;
  gone->last_heard = found->second.last_heard;
  if (found->second.connection != nullptr) journal_.leave(*found->second.connection, found->second.active_at);
  clients_.erase(found);
  gone->is_gone = true;
  if (!was_let_in(*gone)) {
    std::erase_if(steps_, [&](const Step& step) { return step.client == gone; });
    if (last_login_ == gone) last_login_ = nullptr;
    return;
  }
  Step step{Step::Kind::end, gone, broker_.monotonic(), std::nullopt};
  auto client_id = broker_.facts(client).client_id;
  step.cause = reason ? cause_of_reason(*reason) : cause_before_will(client_id, line);
  if (step.cause == Cause::taken_over) step.client_id = std::move(client_id);
  const bool is_certain = reason && step.cause == Cause::client_disconnect && gone->protocol < kMqtt5;
  steps_.push_back(std::move(step));
  if (is_certain) settle();  // the will was discarded: no need to wait for it
}

bool Observer::was_let_in(const Client& client) const {
  if (client.is_confirmed || client.is_proven) return true;
  // Brokers tick between accepting a connection and reading its login. The one that never ticks, 2.0.11 with
  // per_listener_settings, takes the client id from who is refused.
  return !has_ticks_ && !broker_.facts(client.handle).client_id.empty();
}

std::optional<Cause> Observer::cause_before_will(const std::string& client_id, std::string_view line) {
  if (is_reloading_) return Cause::not_authorized;
  if (last_login_ && !last_login_->is_gone && last_login_->facts.client_id == client_id) {
    last_login_->is_proven = true;
    return Cause::taken_over;
  }
  return log_.cause_of_end(line, client_id);
}

void Observer::write_checked(ClientHandle client) {
  const auto ended = std::find_if(steps_.begin(), steps_.end(), [&](const Step& step) {
    return step.kind == Step::Kind::end && step.client->handle == client;
  });
  if (ended != steps_.end()) {
    ended->will_sent = true;
    return;
  }
  // The will of a connection that is being taken over comes before its end.
  if (last_login_ && broker_.facts(client).client_id == last_login_->facts.client_id) return;
  if (!steps_.empty()) settle();
}

Observer::Sender* Observer::heard_from(ClientHandle client, std::string_view bridge_username) {
  end_reload();
  if (!steps_.empty()) settle();
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

void Observer::settle() {
  last_login_ = nullptr;
  const auto steps = std::exchange(steps_, {});
  for (const auto& step : steps) {
    switch (step.kind) {
      case Step::Kind::open:
        confirm(*step.client, step.at);
        break;
      case Step::Kind::end:
        end(step);
        break;
      case Step::Kind::stall:
        journal_.stood_still(
            {step.stall->from, step.stall->until, step.stall->until + broker_.keepalive_sweep()});
        break;
    }
  }
}

void Observer::confirm(Client& client, Millis at) {
  client.is_confirmed = true;
  // What was asked for at the login isn't always what was agreed.
  auto at_login = std::exchange(client.facts, {});  // which frees them: ids and names may have 64 KiB each
  auto facts = client.is_gone ? std::move(at_login) : broker_.facts(client.handle);
  client.protocol = facts.protocol;
  client.keepalive = facts.keepalive;
  if (client.is_bridge) return;
  if (is_too_long_to_be_reported(facts)) {
    ++unreported_;
    return;
  }
  client.connection = journal_.opened(facts, at, client.is_gone ? nullptr : client.handle);
  if (!client.is_gone) clients_.at(client.handle).connection = journal_.find(client.connection);
}

void Observer::end(const Step& step) {
  if (step.client->connection == 0) return;
  journal_.ended(step.client->connection, step.at, cause_of(step), step.will_sent);
}

Cause Observer::cause_of(const Step& step) const {
  const auto& client = *step.client;
  const bool is_stalls = is_within_sweep(step.at);
  if (step.cause == Cause::keepalive_timeout && is_stalls) return Cause::broker_lost;
  if (step.cause == Cause::client_disconnect && step.will_sent && client.protocol == kMqtt5)
    return Cause::disconnect_with_will;
  if (step.cause) return *step.cause;
  // A will was sent, so there was no DISCONNECT (before MQTT 5 that is certain); and the client was heard
  // too lately for its keepalive to have run out.
  const auto forward = is_stalls ? std::max(stall_->step, Millis{0}) : Millis{0};
  const bool keepalive_is_impossible =
      client.keepalive == 0 ||
      step.at - client.last_heard + forward < silence_of(Cause::keepalive_timeout, Seconds{client.keepalive});
  if (step.will_sent && client.protocol < kMqtt5 && keepalive_is_impossible) return Cause::connection_closed;
  return is_stalls && !keepalive_is_impossible ? Cause::broker_lost : Cause::unknown;
}

bool Observer::is_within_sweep(Millis at) const {
  return stall_ && at >= stall_->until && at <= stall_->until + broker_.keepalive_sweep();
}

void Observer::stood_still(const Stall& stall) {
  stall_ = stall;
  steps_.push_back({Step::Kind::stall, nullptr, stall.until, std::nullopt});
  steps_.back().stall = stall;
}

void Observer::reloading() {
  settle();
  is_reloading_ = true;
  reload_seen_ = broker_.monotonic();
}

void Observer::end_reload() { is_reloading_ = false; }

void Observer::tick() {
  has_ticks_ = true;
  end_reload();
  settle();
}

Cause cause_of_reason(int reason) {
  switch (reason) {
    case 0:
      return Cause::client_disconnect;
    case 7:   // MOSQ_ERR_CONN_LOST
    case 8:   // MOSQ_ERR_TLS
    case 14:  // MOSQ_ERR_ERRNO
      return Cause::connection_closed;
    case 19:   // MOSQ_ERR_KEEPALIVE
    case 141:  // MQTT_RC_KEEP_ALIVE_TIMEOUT
      return Cause::keepalive_timeout;
    case 142:  // MQTT_RC_SESSION_TAKEN_OVER
      return Cause::taken_over;
    case 152:  // MQTT_RC_ADMINISTRATIVE_ACTION
      return Cause::kicked;
    case 11:   // MOSQ_ERR_AUTH
    case 12:   // MOSQ_ERR_ACL_DENIED
    case 135:  // MQTT_RC_NOT_AUTHORIZED
      return Cause::not_authorized;
    case 2:    // MOSQ_ERR_PROTOCOL
    case 9:    // MOSQ_ERR_PAYLOAD_SIZE
    case 18:   // MOSQ_ERR_MALFORMED_UTF8
    case 21:   // MOSQ_ERR_MALFORMED_PACKET
    case 22:   // MOSQ_ERR_DUPLICATE_PROPERTY
    case 24:   // MOSQ_ERR_QOS_NOT_SUPPORTED
    case 25:   // MOSQ_ERR_OVERSIZE_PACKET
    case 129:  // MQTT_RC_MALFORMED_PACKET
    case 130:  // MQTT_RC_PROTOCOL_ERROR
    case 147:  // MQTT_RC_RECEIVE_MAXIMUM_EXCEEDED
    case 148:  // MQTT_RC_TOPIC_ALIAS_INVALID
    case 149:  // MQTT_RC_PACKET_TOO_LARGE
    case 154:  // MQTT_RC_RETAIN_NOT_SUPPORTED
    case 155:  // MQTT_RC_QOS_NOT_SUPPORTED
      return Cause::protocol_error;
    default:
      return Cause::unknown;
  }
}

}  // namespace rollcall::plugin
