// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/simulate/scenario_player.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include <nlohmann/json.hpp>

#include "base/duration.hpp"
#include "bridge/core/lifecycle/declaration.hpp"

namespace rollcall {
namespace {

constexpr std::string_view kDevice = "device";
constexpr std::uint32_t kBroker = 0;

}  // namespace

ScenarioPlayer::ScenarioPlayer(const TemplateDefinition& definition, Millis outage_grace,
                               ScenarioPrinter& printer)
    : definition_(definition),
      template_name_(definition.name),
      engine_({{definition}, {"broker"}, outage_grace}),
      printer_(printer) {}

Result<void> ScenarioPlayer::play(const ScenarioLine& line) {
  run(line.at + clock_ahead_);
  now_ = line.at + clock_ahead_;
  return std::visit([this](const auto& event) { return happen(event); }, line.event);
}

void ScenarioPlayer::run_out() {
  while (const auto next = earliest(next_of_broker(), next_due())) {
    run(*next);
    advance(*next);
  }
}

std::optional<Time> ScenarioPlayer::earliest(std::optional<Time> a, std::optional<Time> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

std::optional<Time> ScenarioPlayer::next_notice() {
  const auto next = next_noticed();
  return next == connections_.end() ? std::nullopt : next->noticed_at;
}

/// When the broker does something by itself.
std::optional<Time> ScenarioPlayer::next_of_broker() {
  const auto notice = next_notice();
  return stall_ && (!notice || *notice > stall_->began) ? std::optional(stall_->ends) : notice;
}

/// Of two that are noticed at one instant, the one that was lost first.
ScenarioPlayer::Found ScenarioPlayer::next_noticed() {
  auto next = connections_.end();
  for (auto each = connections_.begin(); each != connections_.end(); ++each) {
    if (!each->noticed_at) continue;
    const auto rank = [](const Connection& connection) {
      return std::pair(connection.noticed_at, connection.lost_order);
    };
    if (next == connections_.end() || rank(*each) < rank(*next)) next = each;
  }
  return next;
}

void ScenarioPlayer::run(Time until) {
  for (auto next = next_of_broker(); next && *next <= until; next = next_of_broker()) {
    now_ = *next;
    if (stall_ && now_ == stall_->ends) {
      end_stall();
    } else {
      end(next_noticed(), now_ <= losses_until_ ? Cause::broker_lost : Cause::keepalive_timeout);
    }
  }
}

/// Nothing that came meanwhile has been read when it looks for keepalives that have run out.
void ScenarioPlayer::end_stall() {
  constexpr Millis kSweep{2000};
  const Stall stall = *std::exchange(stall_, std::nullopt);
  losses_until_ = stall.ends + kSweep;
  step_to(now_);
  emit(engine_.handle(BrokerStoodStill{kBroker, stall.began, stall.ends, losses_until_}, now_));
  for (Connection& connection : connections_) {
    const Millis silence = silence_of(Cause::keepalive_timeout, connection.keepalive);
    const bool has_run_out = connection.lost_order > 0
                                 ? connection.noticed_at && *connection.noticed_at <= stall.ends
                                 : silence > Millis{0} && silence <= stall.ends - stall.began;
    if (!has_run_out) continue;
    if (connection.lost_order == 0) connection.lost_order = ++losses_;
    connection.noticed_at = stall.ends;
  }
}

void ScenarioPlayer::end(ScenarioPlayer::Found connection, Cause cause) {
  const bool will_sent = connection->has_will && cause != Cause::client_disconnect;
  const ConnectionEnded ended{connection->id, now_, cause, will_sent};
  connections_.erase(connection);
  handle(ended);
}

/// What happened by now.
void ScenarioPlayer::emit(const Effects& effects) {
  printer_.print(effects);
  if (notices_ != nullptr) notices_->follow(effects, engine_, now_);
}

std::optional<Time> ScenarioPlayer::next_due() const {
  const auto of_notices = notices_ == nullptr ? std::nullopt : notices_->next_deadline();
  return earliest(engine_.next_deadline(), of_notices);
}

/// Who decides about notifications must see each moment by itself: what comes at once is caught up with.
void ScenarioPlayer::step_to(Time until) {
  if (notices_ == nullptr) return;
  const Time end = now_;
  auto last = Time::min();
  for (auto next = next_due(); next && *next <= until && *next > last; next = next_due()) {
    last = now_ = *next;
    emit(engine_.advance(now_));
  }
  now_ = end;
}

void ScenarioPlayer::handle(const Event& event) {
  raise_watermark(now_);
  step_to(now_);
  emit(engine_.handle(event, now_));
}

void ScenarioPlayer::advance(Time until) {
  raise_watermark(until);
  step_to(until);
  now_ = std::max(now_, until);
  emit(engine_.advance(until));
}

/// Of a broker that is down nothing is known.
void ScenarioPlayer::raise_watermark(Time until) {
  if (down_since_ || stall_) return;
  engine_.set_watermark(kBroker, until);
  engine_.set_activity_watermark(kBroker, until);
}

ScenarioPlayer::Found ScenarioPlayer::find(const std::string& client_id) {
  return std::find_if(connections_.begin(), connections_.end(),
                      [&](const Connection& connection) { return connection.client_id == client_id; });
}

Result<ScenarioPlayer::Found> ScenarioPlayer::find(const std::optional<std::string>& client_id) {
  if (!client_id) {
    if (connections_.empty()) return fail("no client is connected");
    return connections_.end() - 1;
  }
  const auto found = find(*client_id);
  if (found == connections_.end()) return fail("client '" + *client_id + "' is not connected");
  return found;
}

/// Why nobody can reach the broker now.
Result<void> ScenarioPlayer::check_broker() const {
  if (down_since_) return fail("the broker is down, nobody can connect; 'broker_up' brings it back");
  if (stall_) return fail("the broker stands still, nothing reaches it");
  return {};
}

Result<void> ScenarioPlayer::happen(const ScenarioConnect& event) {
  if (auto there = check_broker(); !there) return there;
  // Only its number tells the old connection of this client id from the new one, once that is in the list.
  const auto old = find(event.client_id);
  std::optional<std::uint64_t> taken_over;
  if (old != connections_.end()) taken_over = old->id.number;
  const ConnectionId id{kBroker, boot_, ++last_number_};
  connections_.push_back(Connection{id, event.client_id, event.keepalive, event.has_will, 0, std::nullopt});
  handle(ConnectionOpened{id, kDevice, template_name_, now_, event.keepalive, event.client_id, {}, {}});
  if (taken_over) {
    end(std::find_if(connections_.begin(), connections_.end(),
                     [&](const Connection& connection) { return connection.id.number == *taken_over; }),
        Cause::taken_over);
  }
  return {};
}

Result<void> ScenarioPlayer::happen(const ScenarioDisconnect& event) {
  if (stall_) return check_broker();
  const auto connection = find(event.client_id);
  if (!connection) return tl::make_unexpected(connection.error());
  end(*connection, event.cause);
  return {};
}

Result<void> ScenarioPlayer::happen(const ScenarioLost& event) {
  const auto connection = find(event.client_id);
  if (!connection) return tl::make_unexpected(connection.error());
  Connection& lost = **connection;
  if (lost.lost_order > 0) return fail("client '" + lost.client_id + "' is lost already");
  lost.lost_order = ++losses_;
  if (lost.keepalive > Seconds{0}) {
    lost.noticed_at = now_ + silence_of(Cause::keepalive_timeout, lost.keepalive);
  }
  return {};
}

Result<void> ScenarioPlayer::happen(const ScenarioReport& /*event*/) {
  if (stall_) return check_broker();
  // Of a device that is connected it comes by its connection.
  const auto latest = std::find_if(connections_.rbegin(), connections_.rend(),
                                   [](const Connection& connection) { return connection.lost_order == 0; });
  if (latest != connections_.rend()) {
    handle(Active{latest->id, now_});
  } else {
    handle(Reported{kDevice, template_name_, now_});
  }
  return {};
}

Result<void> ScenarioPlayer::happen(const ScenarioDeclare& event) {
  if (stall_) return check_broker();
  if (!definition_.find_status(event.status)) return fail(no_such_status(event.status, definition_));
  const auto connection = find(std::nullopt);
  if (!connection) return tl::make_unexpected(connection.error());
  nlohmann::json payload{{"status", event.status}};
  if (event.wait) payload["for"] = format_duration(*event.wait);
  const std::string text = payload.dump();
  handle(Declared{(*connection)->id, now_, text});
  return {};
}

Result<void> ScenarioPlayer::happen(const ScenarioSet& event) {
  return operate(SetStatus{kDevice, event.status, event.wait, event.hold});
}

Result<void> ScenarioPlayer::happen(const ScenarioRelease& /*event*/) {
  return operate(ReleaseStatus{kDevice});
}

Result<void> ScenarioPlayer::operate(const OperatorAction& action) {
  advance(now_);
  if (!engine_.knows(kDevice)) return fail("the device is not known yet, or not any more");
  const auto effects = engine_.apply(action, now_);
  if (!effects) return tl::make_unexpected(effects.error());
  emit(*effects);
  return {};
}

Result<void> ScenarioPlayer::happen(const ScenarioMute& event) {
  return operate(MuteDevice{kDevice, event.wait ? std::optional(now_ + *event.wait) : std::nullopt});
}

Result<void> ScenarioPlayer::happen(const ScenarioUnmute& /*event*/) {
  return operate(UnmuteDevice{kDevice});
}

Result<void> ScenarioPlayer::happen(const ScenarioBrokerDown& /*event*/) {
  if (down_since_) return fail("the broker is down already");
  stall_.reset();
  handle(BrokerAway{kBroker});
  down_since_ = now_;
  connections_.clear();  // for the broker; the engine waits for its return
  return {};
}

Result<void> ScenarioPlayer::happen(const ScenarioBrokerUp& /*event*/) {
  if (!down_since_) return fail("the broker is not down");
  step_to(now_);
  const BrokerReturned event{kBroker, ++boot_, *down_since_, now_};
  emit(engine_.handle(event, now_));
  down_since_.reset();
  return {};
}

Result<void> ScenarioPlayer::happen(const ScenarioBrokerStall& event) {
  if (auto there = check_broker(); !there) return there;
  advance(now_);
  stall_ = Stall{now_, now_ + event.duration};
  return {};
}

Result<void> ScenarioPlayer::happen(const ScenarioClock& event) {
  advance(now_);
  now_ += event.by;
  clock_ahead_ += event.by;
  for (Connection& connection : connections_) {
    if (connection.noticed_at) *connection.noticed_at += event.by;
  }
  if (down_since_) *down_since_ += event.by;
  if (stall_) stall_ = Stall{stall_->began + event.by, stall_->ends + event.by};
  if (losses_until_ != Time::min()) losses_until_ += event.by;
  printer_.set_clock_ahead(clock_ahead_);
  if (notices_ != nullptr) notices_->clock_stepped(event.by, now_);
  emit(engine_.clock_stepped(event.by, now_));
  return {};
}

Result<void> ScenarioPlayer::happen(const ScenarioEnd& /*event*/) {
  advance(now_);
  return {};
}
}  // namespace rollcall
