// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/duration.hpp"
#include "base/json_text.hpp"
#include "bridge/adapters/system/read_config.hpp"
#include "bridge/cli/commands.hpp"
#include "bridge/core/config/config_parser.hpp"
#include "bridge/core/lifecycle/declaration.hpp"
#include "bridge/core/lifecycle/engine.hpp"
#include "bridge/core/simulate/scenario.hpp"

namespace rollcall::cli {
namespace {

constexpr std::string_view kDevice = "device";
constexpr std::uint32_t kBroker = 0;

/// Writes the transitions, each with its time in the scenario's own form.
class Printer {
 public:
  Printer(const Scenario& scenario, bool json)
      : form_(scenario.form), with_millis_(scenario.has_millis), json_(json), before_(scenario.start) {}

  /// What comes from now on has times of a clock that is wrong by as much.
  void set_clock_ahead(Millis by) { clock_ahead_ = by; }

  void print(const Effects& effects) {
    for (const Effect& effect : effects) {
      const auto* added = std::get_if<RowAdded>(&effect);
      if (added != nullptr && added->row.kind == "transition") print(added->row);
    }
  }

  const std::string& text() const { return text_; }

 private:
  void print(const TimelineRow& row) {
    const Time time = row.at - clock_ahead_;
    const std::string at = format_scenario_time(time, form_, with_millis_, before_);
    before_ = time;
    if (!json_) {
      text_.append(at).append(" ").append(row.to).append(" ").append(row.cause).append("\n");
      return;
    }
    text_ += "{\"at\":";
    append_json_string(text_, at);
    text_ += ",\"status\":";
    append_json_string(text_, row.to);
    text_ += ",\"cause\":";
    append_json_string(text_, row.cause);
    text_ += "}\n";
  }

  TimeForm form_;
  bool with_millis_, json_;
  Time before_;
  Millis clock_ahead_{0};
  std::string text_;
};

/// Plays the lines of a scenario: the part of the broker, which knows who is connected and notices losses.
/// Its times are the bridge's, which differ from those of the lines once its clock was set.
class Simulator {
 public:
  Simulator(const TemplateDefinition& definition, Millis outage_grace, Printer& printer)
      : definition_(definition),
        template_name_(definition.name),
        engine_({{definition}, {"broker"}, outage_grace}),
        printer_(printer) {}

  Result<void> play(const ScenarioLine& line) {
    run(line.at + clock_ahead_);
    now_ = line.at + clock_ahead_;
    return std::visit([this](const auto& event) { return happen(event); }, line.event);
  }

  /// Lets the clock run until nothing is pending.
  void run_out() {
    while (const auto next = earliest(next_of_broker(), engine_.next_deadline())) {
      run(*next);
      advance(*next);
    }
  }

 private:
  struct Connection {
    ConnectionId id;
    std::string client_id;
    Seconds keepalive;
    bool has_will;
    std::uint64_t lost_order = 0;    ///< 0: not lost
    std::optional<Time> noticed_at;  ///< when the broker will notice the loss; nothing: never
  };

  struct Stall {
    Time began, ends;
  };

  static std::optional<Time> earliest(std::optional<Time> a, std::optional<Time> b) {
    if (!a || !b) return a ? a : b;
    return std::min(*a, *b);
  }

  std::optional<Time> next_notice() {
    const auto next = next_noticed();
    return next == connections_.end() ? std::nullopt : next->noticed_at;
  }

  /// When the broker does something by itself.
  std::optional<Time> next_of_broker() {
    const auto notice = next_notice();
    return stall_ && (!notice || *notice > stall_->began) ? std::optional(stall_->ends) : notice;
  }

  /// Of two that are noticed at one instant, the one that was lost first.
  std::vector<Connection>::iterator next_noticed() {
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

  void run(Time until) {
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
  void end_stall() {
    constexpr Millis kSweep{2000};
    const Stall stall = *std::exchange(stall_, std::nullopt);
    losses_until_ = stall.ends + kSweep;
    printer_.print(engine_.handle(BrokerStoodStill{kBroker, stall.began, stall.ends, losses_until_}, now_));
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

  void end(std::vector<Connection>::iterator connection, Cause cause) {
    const bool will_sent = connection->has_will && cause != Cause::client_disconnect;
    const ConnectionEnded ended{connection->id, now_, cause, will_sent};
    connections_.erase(connection);
    handle(ended);
  }

  void handle(const Event& event) {
    raise_watermark(now_);
    printer_.print(engine_.handle(event, now_));
  }

  void advance(Time until) {
    raise_watermark(until);
    printer_.print(engine_.advance(until));
  }

  /// Of a broker that is down nothing is known.
  void raise_watermark(Time until) {
    if (down_since_ || stall_) return;
    engine_.set_watermark(kBroker, until);
    engine_.set_activity_watermark(kBroker, until);
  }

  std::vector<Connection>::iterator find(const std::string& client_id) {
    return std::find_if(connections_.begin(), connections_.end(),
                        [&](const Connection& connection) { return connection.client_id == client_id; });
  }

  Result<std::vector<Connection>::iterator> find(const std::optional<std::string>& client_id) {
    if (!client_id) {
      if (connections_.empty()) return fail("no client is connected");
      return connections_.end() - 1;
    }
    const auto found = find(*client_id);
    if (found == connections_.end()) return fail("client '" + *client_id + "' is not connected");
    return found;
  }

  /// Why nobody can reach the broker now.
  Result<void> check_broker() const {
    if (down_since_) return fail("the broker is down, nobody can connect; 'broker_up' brings it back");
    if (stall_) return fail("the broker stands still, nothing reaches it");
    return {};
  }

  Result<void> happen(const ScenarioConnect& event) {
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

  Result<void> happen(const ScenarioDisconnect& event) {
    if (stall_) return check_broker();
    const auto connection = find(event.client_id);
    if (!connection) return tl::make_unexpected(connection.error());
    end(*connection, event.cause);
    return {};
  }

  Result<void> happen(const ScenarioLost& event) {
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

  Result<void> happen(const ScenarioReport& /*event*/) {
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

  Result<void> happen(const ScenarioDeclare& event) {
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

  Result<void> happen(const ScenarioSet& event) {
    return operate(SetStatus{kDevice, event.status, event.wait, event.hold});
  }

  Result<void> happen(const ScenarioRelease& /*event*/) { return operate(ReleaseStatus{kDevice}); }

  Result<void> operate(const OperatorAction& action) {
    advance(now_);
    if (!engine_.knows(kDevice)) return fail("the device is not known yet, or not any more");
    const auto effects = engine_.apply(action, now_);
    if (!effects) return tl::make_unexpected(effects.error());
    printer_.print(*effects);
    return {};
  }

  Result<void> happen(const ScenarioBrokerDown& /*event*/) {
    if (down_since_) return fail("the broker is down already");
    stall_.reset();
    handle(BrokerAway{kBroker});
    down_since_ = now_;
    connections_.clear();  // for the broker; the engine waits for its return
    return {};
  }

  Result<void> happen(const ScenarioBrokerUp& /*event*/) {
    if (!down_since_) return fail("the broker is not down");
    const BrokerReturned event{kBroker, ++boot_, *down_since_, now_};
    printer_.print(engine_.handle(event, now_));
    down_since_.reset();
    return {};
  }

  Result<void> happen(const ScenarioBrokerStall& event) {
    if (auto there = check_broker(); !there) return there;
    advance(now_);
    stall_ = Stall{now_, now_ + event.duration};
    return {};
  }

  Result<void> happen(const ScenarioClock& event) {
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
    printer_.print(engine_.clock_stepped(event.by, now_));
    return {};
  }

  Result<void> happen(const ScenarioEnd& /*event*/) {
    advance(now_);
    return {};
  }

  const TemplateDefinition& definition_;
  std::string template_name_;
  Engine engine_;
  Printer& printer_;
  std::vector<Connection> connections_;  ///< those that live as far as the broker knows, the latest last
  std::uint64_t last_number_ = 0, losses_ = 0, boot_ = 1;
  std::optional<Time> down_since_;
  std::optional<Stall> stall_;       ///< that the broker is in
  Time losses_until_ = Time::min();  ///< what it finds lost until then, it has lost by its last stall
  Time now_;
  Millis clock_ahead_{0};
};

Result<std::string> read_all(std::istream& stream) {
  constexpr std::size_t kMaxBytes = std::size_t{16} * 1024 * 1024;  // a device such as /dev/zero never ends
  std::string text;
  std::vector<char> block(std::size_t{64} * 1024);
  errno = 0;
  while (stream.read(block.data(), static_cast<std::streamsize>(block.size())) || stream.gcount() > 0) {
    text.append(block.data(), static_cast<std::size_t>(stream.gcount()));
    if (text.size() > kMaxBytes) return fail("has more than 16 MiB; that is no scenario");
  }
  // A folder can be opened; only reading it fails.
  if (!stream.eof()) return fail(errno != 0 ? std::strerror(errno) : "can't be read");
  return text;
}

Result<std::string> read_scenario(const std::string& file, std::istream& in) {
  if (file == "-") return read_all(in);
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return fail(errno != 0 ? std::strerror(errno) : "can't be opened");
  return read_all(stream);
}

std::string names_of(const Config& config) {
  std::string names;
  for (const TemplateDefinition& definition : config.templates) {
    names += (names.empty() ? "'" : ", '") + definition.name + "'";
  }
  return names;
}

}  // namespace

int run_simulate(const SimulateOptions& options, std::istream& in, std::ostream& out, std::ostream& err) {
  const auto give_up = [&](int exit_code, const std::string& why) {
    err << "rollcall simulate: " << why << '\n';
    return exit_code;
  };
  const auto config = options.config_file.empty() ? parse_config("{}", "(no configuration)")
                                                  : read_config(options.config_file);
  if (!config) return give_up(kConfiguration, config.error().message);
  const TemplateDefinition* definition = config->find_template(options.template_name);
  if (definition == nullptr) {
    return give_up(kUsage,
                   "no template is named '" + options.template_name + "'; there are " + names_of(*config));
  }

  const std::string file = options.scenario_file == "-" ? "<stdin>" : options.scenario_file;
  const auto text = read_scenario(options.scenario_file, in);
  if (!text) return give_up(kUsage, file + ": " + text.error().message);
  const auto mistake = [&](std::size_t line, const std::string& what) {
    return give_up(kUsage, file + ":" + std::to_string(line) + ": " + what);
  };
  const auto scenario = parse_scenario(*text);
  if (!scenario) return mistake(scenario.error().line, scenario.error().message);

  Printer printer(*scenario, options.json);
  Simulator simulator(*definition, config->outage_grace, printer);
  for (const ScenarioLine& line : scenario->lines) {
    const auto played = simulator.play(line);
    if (!played) return mistake(line.number, played.error().message);
  }
  if (!std::holds_alternative<ScenarioEnd>(scenario->lines.back().event)) simulator.run_out();
  out << printer.text();
  return kOk;
}

}  // namespace rollcall::cli
