// SPDX-License-Identifier: Apache-2.0
// The plugin's side of $CONTROL under any sequence of requests, well formed or not, between ticks and
// connections that come and go: only the bridge's topics are published, never more than the bound in a turn
// of the loop, and the event stream stays numbered without a gap while a bridge listens.
#include "plugin/request_queue.hpp"

#include <optional>

#include "tests/fuzz/oracle.hpp"
#include "tests/unit/plugin/fake_broker.hpp"
#include "topics/protocol/stream.hpp"

using namespace rollcall;
using namespace rollcall::plugin;

namespace {

constexpr Millis kInterval{1000};
constexpr std::size_t kMaxStreamMessageBytes = 128UL * 1024;

class World {
 public:
  explicit World(FuzzedDataProvider& input) : input_(input) {}

  void run() {
    while (input_.remaining_bytes() > 0) {
      step();
      check();
    }
    settle();
  }

 private:
  void step() {
    switch (input_.ConsumeIntegralInRange<int>(0, 9)) {
      case 0:  // any bytes
        ask(input_.ConsumeRandomLengthString(300));
        break;
      case 1:
      case 2:
      case 3:
        ask(encode_request({session(), number(), body()}));
        break;
      case 4:
        requests_.tick();
        commands_.end_turn(true);
        reports_.emit_due(broker_.now, kMaxEmittedPerLoop);
        activity_.emit_due();
        stream_.flush();
        stream_.beat();
        published_this_turn_ = 0;
        break;
      case 5:
        broker_.now += Millis{input_.ConsumeIntegralInRange<int>(0, 2000)};
        published_this_turn_ = 0;  // without ticks a pause is a turn
        break;
      case 6: {
        ClientFacts facts;
        facts.client_id = fuzz::take_utf8(input_, 8);
        live_.push_back(connections_.opened(facts, broker_.now));
        break;
      }
      case 7:
        say();
        break;
      case 8:
        report();
        break;
      default:
        if (!live_.empty() && input_.ConsumeBool()) {
          connections_.ended(live_.back(), broker_.now, Cause::unknown, input_.ConsumeBool());
          live_.pop_back();
        } else {
          requests_.forget(bridge());
        }
    }
  }

  void say() {
    if (live_.empty()) return;
    auto* connection =
        connections_.find(live_[input_.ConsumeIntegralInRange<std::size_t>(0, live_.size() - 1)]);
    fuzz::require(connection != nullptr, "a connection that lives is found");
    if (input_.ConsumeBool()) {
      if (activity_.is_on()) activity_.note(*connection, broker_.now);
    } else {
      connections_.declared(*connection, broker_.now, input_.ConsumeRandomLengthString(1100));
    }
  }

  /// The rules come from anywhere, so any client and topic may be anything to them.
  void report() {
    ClientFacts facts;
    facts.client_id = fuzz::take_utf8(input_, 8);
    facts.username = input_.ConsumeBool() ? "user" : "";
    facts.has_username = !facts.username.empty();
    const auto topic = input_.ConsumeRandomLengthString(20);
    const bool may_declare = permissions_.may_declare(handle(1), facts, topic);
    fuzz::require(!may_declare || topic.starts_with("ds/declare/"), "only there is something declared");
    fuzz::require(!permissions_.is_report(facts, topic, true) || permissions_.is_report(facts, topic, false),
                  "the flag retain makes no message a report");
    if (permissions_.is_report(facts, topic, input_.ConsumeBool()) || permissions_.may_report(facts, topic)) {
      reports_.note(topic, facts, broker_.now, of_publisher_);
    }
  }

  ClientHandle bridge() { return bridges_[input_.ConsumeBool() ? 1 : 0]; }
  std::uint32_t session() { return input_.ConsumeIntegralInRange<std::uint32_t>(0, 3); }
  std::uint64_t number() { return input_.ConsumeBool() ? ++next_ : input_.ConsumeIntegral<std::uint64_t>(); }

  RequestBody body() {
    switch (input_.ConsumeIntegralInRange<int>(0, 8)) {
      case 0:
        next_ = 1;
        text_ = input_.ConsumeBool() ? "ds" : input_.ConsumeRandomLengthString(8);
        return request::Hello{text_, input_.ConsumeIntegralInRange<std::uint64_t>(0, 1),
                              input_.ConsumeBool()};
      case 3:
        return request::Snapshot{input_.ConsumeIntegral<std::uint64_t>(),
                                 input_.ConsumeIntegral<std::uint64_t>(),
                                 input_.ConsumeIntegral<std::uint64_t>(), input_.ConsumeBool(),
                                 input_.ConsumeIntegral<std::uint64_t>()};
      case 1: {
        request::Rules rules;
        rules.wants_activity = input_.ConsumeBool();
        rules.reporters = {"user"};
        auto left = input_.ConsumeIntegralInRange<int>(0, 3);
        for (; left > 0; --left) {
          auto pattern =
              Pattern::parse(input_.PickValueInArray({"*", "{device}", "{template}/{device}", "a"}));
          auto& rule = rules.rules.emplace_back();
          (input_.ConsumeBool() ? rule.client_id : rule.report_topic) = *std::move(pattern);
          if (rule.report_topic && input_.ConsumeBool()) rule.retained = RetainedReports::count;
        }
        return rules;
      }
      case 2: {
        text_ = input_.ConsumeBool() ? "ds/status/" : "";
        text_ += input_.ConsumeRandomLengthString(40);
        request::Publish body;
        body.publications.resize(input_.ConsumeIntegralInRange<std::size_t>(0, kMaxPublicationsPerRequest),
                                 {text_, "x", input_.ConsumeIntegralInRange<std::uint8_t>(0, 2), true});
        return body;
      }
      case 4: {
        request::CommandTopics body;
        if (input_.ConsumeBool()) body.topics = {CommandTopic::parse("cmd/{device}/#").value()};
        return body;
      }
      case 5: {
        text_ = input_.ConsumeRandomLengthString(3);
        const auto rule = static_cast<request::CommandRule>(input_.ConsumeIntegralInRange<int>(0, 2));
        return request::DeviceCommands{{{text_, "one", input_.ConsumeIntegral<std::uint64_t>(), rule}},
                                       input_.ConsumeBool()};
      }
      case 6: {
        text_ = "cmd/" + input_.ConsumeRandomLengthString(4);
        return request::DeliverCommand{
            {1, input_.ConsumeIntegralInRange<std::uint64_t>(0, 3)},
            "one",
            {text_, "x", input_.ConsumeIntegralInRange<std::uint8_t>(0, 2), 0, {}}};
      }
      case 7:
        return request::CommandsKept{input_.ConsumeIntegral<std::uint64_t>(), input_.ConsumeBool()};
      default:
        return request::Ping{};
    }
  }

  void ask(const std::string& bytes) {
    requests_.receive(bridge(), bytes);
    stream_.flush();
  }

  void check() {
    for (const auto& message : broker_.messages) {
      if (message.topic == names_.stream()) {
        check_stream(message.payload);
        continue;
      }
      const auto kind = names_.kind_of(message.topic);
      fuzz::require(kind == TopicKind::bridge || (kind == TopicKind::none && !message.retain),
                    "only the bridge's topics and commands are published", message.topic);
      fuzz::require(message.topic.find_first_of("+#") == std::string::npos, "never on a wildcard",
                    message.topic);
      fuzz::require(message.qos >= 0 && message.qos <= 2, "a QoS is 0, 1 or 2");
      ++published_this_turn_;
    }
    broker_.messages.clear();
    broker_.lines.clear();
    fuzz::require(published_this_turn_ <= kMaxPublishedPerLoop, "no more than the bound in one turn");
  }

  void check_stream(const std::string& payload) {
    fuzz::require(payload.size() <= kMaxStreamMessageBytes, "messages of the stream are bounded");
    const auto message = decode_stream_message(payload);
    fuzz::require(message.has_value(), "the stream can be decoded");
    const auto& header = message->header;
    if (!message->records.empty() && std::holds_alternative<stream::Displaced>(message->records.front()))
      return;
    const bool is_greeting =
        std::any_of(message->records.begin(), message->records.end(),
                    [](const StreamRecord& record) { return std::holds_alternative<stream::Hello>(record); });
    // What happened while no bridge listened is counted, but not told.
    fuzz::require(!next_record_ || header.first_number == *next_record_ ||
                      (is_greeting && header.first_number > *next_record_),
                  "the stream has no gap");
    next_record_ = header.first_number + message->records.size();
    fuzz::require(is_greeting || (header.session == told_session_ && header.last_request >= told_request_),
                  "within a session what is done only grows");
    told_session_ = header.session;
    told_request_ = header.last_request;
  }

  /// However much waits, as many ticks as requests may wait bring it to an end.
  void settle() {
    for (std::size_t turn = 0; turn <= kMaxWaitingRequests; ++turn) {
      requests_.tick();
      commands_.end_turn(true);
      stream_.flush();
      published_this_turn_ = 0;
      check();
    }
    fuzz::require(requests_.is_idle(), "no more than the bound waits");
  }

  FuzzedDataProvider& input_;
  FakeBroker broker_;
  TopicNames names_{"ds"};
  EventStream stream_{broker_, 99, names_.stream()};
  BrokerState state_{stream_};
  ConnectionTable connections_{stream_};
  ActivityLog activity_{broker_, stream_, connections_, kInterval};
  ReportLog reports_{[this](const stream::Reported& report) { stream_.add(report); }};
  RateLimit of_publisher_;
  SnapshotPager snapshots_{stream_, state_, connections_, activity_, reports_};
  DevicePermissions permissions_{names_};
  Commands commands_{broker_, stream_};
  Guard guard_{broker_, names_, permissions_, "rollcall", "geheim"};
  RequestQueue requests_{{broker_, stream_, snapshots_, activity_, guard_, permissions_, names_, commands_},
                         {"1.0", "main", false, kInterval}};
  std::array<ClientHandle, 2> bridges_{broker_.add(1, "one"), broker_.add(2, "other")};
  std::vector<std::uint64_t> live_;
  std::string text_;  // what a body's views look at
  std::uint64_t next_ = 0;
  std::size_t published_this_turn_ = 0;
  std::optional<std::uint64_t> next_record_;
  std::uint32_t told_session_ = 0;
  std::uint64_t told_request_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  World(input).run();
  return 0;
}
