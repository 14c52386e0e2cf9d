// SPDX-License-Identifier: Apache-2.0
// The plugin without Mosquitto's headers: callbacks in, verdicts out, events and statuses through the Broker
// port. One per process, however many instances of the plugin the broker makes (per_listener_settings), so
// that there is one event stream. Everything runs on the broker's thread.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plugin/broker.hpp"
#include "plugin/broker_log.hpp"
#include "plugin/guard.hpp"
#include "plugin/journal.hpp"
#include "plugin/observer.hpp"
#include "plugin/options.hpp"
#include "plugin/session.hpp"
#include "plugin/speakers.hpp"
#include "plugin/stall_detector.hpp"
#include "topics/names.hpp"

namespace rollcall::plugin {

class Core {
 public:
  /// `is_v21`: the broker has MOSQ_EVT_CONNECT, tells causes, and leaving() is called (Mosquitto 2.1).
  /// `boot`: random.
  Core(Options options, Broker& broker, bool is_v21, std::uint64_t boot);

  const Options& options() const { return options_; }

  Verdict basic_auth(ClientHandle client, std::optional<std::string_view> username,
                     std::optional<std::string_view> password);
  /// Topics are the broker's, and end with a zero: to measure each one would cost more than what most need.
  Verdict acl_check(ClientHandle client, Access access, const char* topic, std::string_view payload);
  void connected(ClientHandle client);
  void disconnected(ClientHandle client, std::optional<int> reason);
  /// A message that the broker has accepted. May be told several times, by several instances of the plugin.
  /// `is_retained`: it was published with that flag.
  void message(ClientHandle client, const char* topic, std::string_view payload, bool is_retained);
  void control(ClientHandle client, std::string_view payload);

  /// 2.1 only: a message is about to leave to one of its subscribers.
  struct Leaving {
    enum class What { as_it_is, instead, nothing } what = What::as_it_is;
    std::string_view payload{};  ///< instead of its own; valid until the next call
  };
  Leaving leaving(const char* topic, std::string_view payload) {
    // For each message to each subscriber of the broker's, so the quickest look comes first.
    return payload.size() == sizeof(Turn) ? turn_leaving(topic, payload) : Leaving{};
  }
  void reload();
  void tick();

  /// True once where 2.1 doesn't tick any more, since its wall clock was set back: ticks have to be
  /// registered for anew.
  bool take_stopped_ticks() { return stalls_.take_stopped_ticks() && is_v21_; }

  /// True while something waits for the next tick: the broker should not sleep long.
  bool wants_tick() const {
    return !observer_.is_settled() || journal_.has_unsent() || journal_.is_behind() || !session_.is_idle();
  }

 private:
  /// Holds back what the core has to say until logging can't come back as an ACL check in the middle of
  /// things.
  class DeferredLog : public Broker {
   public:
    explicit DeferredLog(Broker& broker) : broker_(broker) {}
    ClientFacts facts(ClientHandle client) const override { return broker_.facts(client); }
    bool publish(std::string_view topic, std::string_view payload, int qos, bool retain) override {
      return broker_.publish(topic, payload, qos, retain);
    }
    Millis monotonic() const override { return broker_.monotonic(); }
    Millis wall() const override { return broker_.wall(); }
    Millis keepalive_sweep() const override { return broker_.keepalive_sweep(); }
    void log(LogLevel level, const std::string& line) override;
    void write();

   private:
    Broker& broker_;
    std::deque<std::pair<LogLevel, std::string>> lines_;
  };

  using Turn = std::uint64_t;

  void announce();
  Leaving turn_leaving(std::string_view topic, std::string_view payload);
  Observer::Sender* heard_from(ClientHandle client);
  void declared(Journal::Connection& connection, ClientHandle client, std::string_view topic,
                std::string_view payload);
  void reported(ClientHandle client, std::string_view topic, bool by_topic_alone, bool is_retained);
  void say_that_retained_is_no_report(std::string_view topic);
  void forget_left_bridges() {
    if (!left_bridges_.empty()) forget_bridges(std::exchange(left_bridges_, {}));
  }
  void forget_bridges(const std::vector<ClientHandle>& bridges);
  void say_what_is_new();
  void learn_from_log();
  void look_for_stall();
  void stood_still(const Stall& stall);

  const Options options_;
  const TopicNames names_;
  const bool is_v21_;
  DeferredLog broker_;
  BrokerLog log_;
  Journal journal_;
  Observer observer_;
  Speakers speakers_;
  Guard guard_;
  Session session_;
  StallDetector stalls_;
  std::vector<ClientHandle> left_bridges_;  // ended in this turn
  Turn turn_ = 0;                           // announced last
  std::uint64_t sent_before_it_ = 0;        // Journal::sent_count() then
  bool is_announced_ = false;               // and nothing has left since
  std::optional<std::string> left_;         // what left in its place, for further subscribers
  std::uint64_t unreported_told_ = 0, refused_told_ = 0;
  CauseLog cause_log_told_ = CauseLog::complete;  // the last one that was not complete
  bool has_told_retained_ = false;                // that a message is no report for that
};

}  // namespace rollcall::plugin
