// SPDX-License-Identifier: Apache-2.0
// What the plugin holds in memory, at most: the figures of docs/operations.md ("The plugin's memory"), to the
// byte that malloc gives. The broker of these tests holds nothing, so that all that is held is the plugin's.
#include <cstdlib>
#include <new>

#include <boost/test/unit_test.hpp>
#include <malloc.h>

#include "plugin/plugin.hpp"
#include "topics/protocol/requests.hpp"

namespace {

std::size_t held_bytes = 0;

}  // namespace

// Not inline: g++ would take the two for a pair that doesn't match.
[[gnu::noinline]] void* operator new(std::size_t size) {
  void* memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  held_bytes += malloc_usable_size(memory);
  return memory;
}
// std::stable_sort asks for its buffer with this one; AddressSanitizer has its own if it isn't here.
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  void* memory = std::malloc(size);
  if (memory != nullptr) held_bytes += malloc_usable_size(memory);
  return memory;
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  if (memory == nullptr) return;
  held_bytes -= malloc_usable_size(memory);
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { operator delete(memory); }

using namespace rollcall;
using namespace rollcall::plugin;

namespace {

constexpr std::size_t kKiB = 1024, kMiB = 1024 * kKiB;
constexpr std::size_t kStatedForAll = 192 * kMiB;  // whatever happens, without those who are connected
constexpr std::size_t kStatedForEnds = 80 * kMiB;  // of it, for each of the two tables and for the rest
constexpr std::size_t kStatedForReports = 80 * kMiB;
constexpr std::size_t kStatedForRules = 32 * kMiB;
static_assert(kStatedForEnds + kStatedForReports + kStatedForRules <= kStatedForAll);
constexpr std::size_t kStatedForEach = kKiB;  // who is connected, beside id, user name and address
constexpr std::size_t kLongest = 65535;       // of an id or a user name in MQTT
constexpr std::string_view kAddress = "2001:db8::8a2e:370:7334";
constexpr std::string_view kSecret = "secret";

/// Makes up what it is asked for and keeps nothing.
class FleetingBroker : public Broker {
 public:
  ClientFacts facts(ClientHandle client) const override {
    ClientFacts facts;
    const auto number = reinterpret_cast<std::uintptr_t>(client) / 8;
    facts.client_id = std::to_string(number);
    facts.client_id.insert(0, id_bytes - std::min(id_bytes, facts.client_id.size()), 'x');
    facts.username = std::string(username_bytes, 'u');
    facts.address = kAddress;
    facts.protocol = 4;
    facts.keepalive = 60;
    return facts;
  }
  bool publish(std::string_view, std::string_view payload, int, bool) override {
    ++published;
    published_bytes += payload.size();
    return true;
  }
  bool publish_command(const CommandMessage&) override { return true; }
  MessageProperties properties(const void*) const override { return {}; }
  Millis monotonic() const override { return now; }
  Millis wall() const override { return now; }
  Millis keepalive_sweep() const override { return Millis{2000}; }
  void log(LogLevel, const std::string&) override {}

  std::size_t id_bytes = 10, username_bytes = 0, published = 0, published_bytes = 0;
  Millis now{1'000'000};
};

struct Fixture {
  explicit Fixture(bool is_v21, std::uint32_t activity_interval = 10)
      : tells_connects(is_v21), plugin(options(activity_interval), broker, is_v21, 1) {}

  static ClientHandle client(std::uintptr_t number) { return reinterpret_cast<ClientHandle>(number * 8); }
  static Options options(std::uint32_t activity_interval) {
    Options options;
    options.bridge_secret = kSecret;
    options.activity_interval_seconds = activity_interval;
    return options;
  }

  void connect(std::uintptr_t number) {
    plugin.basic_auth(client(number), std::nullopt, std::nullopt);
    if (tells_connects) plugin.connected(client(number));
  }
  void disconnect(std::uintptr_t number) {
    plugin.disconnected(client(number), tells_connects ? std::optional<int>(7) : std::nullopt);
  }
  void turn() {
    broker.now += Millis{5};
    plugin.tick();
  }
  /// A bridge that logs in, greets, and is never heard of again.
  void greet() {
    plugin.basic_auth(client(kBridge), "rollcall", kSecret);
    if (tells_connects) plugin.connected(client(kBridge));
    plugin.control(client(kBridge), encode_request({1, 1, request::Hello{"ds"}}));
    turn();
  }

  /// After greet().
  void send_rules(const std::vector<std::string>& client_ids, const std::vector<std::string>& report_topics) {
    request::Rules rules;
    rules.wants_activity = true;
    for (const auto& each : client_ids) rules.rules.emplace_back().client_id = Pattern::parse(each).value();
    for (const auto& each : report_topics) {
      rules.rules.emplace_back().report_topic = Pattern::parse(each).value();
    }
    plugin.control(client(kBridge), encode_request({1, 2, rules}));
    turn();
  }
  void publish(std::uintptr_t number, const std::string& topic, const std::string& payload) {
    plugin.acl_check(client(number), Access::write, topic.c_str(), payload);
    plugin.message(client(number), topic.c_str(), payload, false);
  }
  std::string id_of(std::uintptr_t number) const { return broker.facts(client(number)).client_id; }

  static constexpr std::uintptr_t kBridge = 1;
  std::size_t held_at_first = held_bytes;
  bool tells_connects;
  FleetingBroker broker;
  Plugin plugin;
  std::size_t held() const { return held_bytes - held_at_first; }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(memory)

BOOST_AUTO_TEST_CASE(who_is_connected_costs_its_names_and_no_more_than_stated_beside_them) {
  constexpr std::size_t kClients = 2000;
  for (const bool is_v21 : {false, true}) {
    for (const std::size_t id_bytes :
         {std::size_t{10}, kMaxReportedIdBytes, kMaxReportedIdBytes + 1, kLongest}) {
      for (const std::size_t username_bytes : {std::size_t{0}, kMaxReportedUsernameBytes, kLongest}) {
        Fixture world(is_v21);
        world.broker.id_bytes = id_bytes;
        world.broker.username_bytes = username_bytes;
        const auto before = world.held();
        for (std::uintptr_t number = 10; number < 10 + kClients; ++number) {
          world.connect(number);
          if (number % 100 == 0) world.turn();
        }
        world.turn();
        const bool is_reported =
            id_bytes <= kMaxReportedIdBytes && username_bytes <= kMaxReportedUsernameBytes;
        const auto names = is_reported ? id_bytes + username_bytes + kAddress.size() : 0;
        const auto each = (world.held() - before) / kClients;
        BOOST_TEST(each <= names + kStatedForEach, each << " bytes for an id of " << id_bytes
                                                        << " and a name of " << username_bytes
                                                        << (is_v21 ? ", 2.1" : ", 2.0"));
        BOOST_TEST(each >= names);  // else nothing was measured
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(those_who_have_left_cost_no_more_than_stated_however_many_and_whatever_their_names) {
  for (const bool is_v21 : {false, true}) {
    for (const std::size_t id_bytes : {std::size_t{10}, std::size_t{100}, kMaxReportedIdBytes, kLongest}) {
      Fixture world(is_v21);
      world.broker.id_bytes = id_bytes;
      world.broker.username_bytes = id_bytes == kMaxReportedIdBytes ? kMaxReportedUsernameBytes : 0;
      const std::uintptr_t count = id_bytes > kMaxReportedIdBytes ? 2000 : kMaxPastConnections * 3 / 2;
      std::size_t most = 0;
      for (std::uintptr_t number = 10; number < 10 + count; ++number) {
        world.connect(number);
        if (number % 100 == 0) world.turn();
        world.disconnect(number);
        most = std::max(most, world.held());
      }
      BOOST_TEST(most <= kStatedForEnds, most << " bytes with ids of " << id_bytes);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_turn_in_which_everybody_comes_and_goes_costs_no_more_than_stated) {
  for (const bool is_v21 : {false, true}) {
    Fixture world(is_v21);
    world.broker.id_bytes = world.broker.username_bytes = kLongest;
    constexpr std::uintptr_t kClients = 5000;
    for (std::uintptr_t number = 10; number < 10 + kClients; ++number) world.connect(number);
    world.turn();
    const auto connected = world.held();
    std::size_t most = 0;
    for (std::uintptr_t number = 10; number < 10 + kClients; ++number) {
      world.disconnect(number);
      most = std::max(most, world.held());
    }
    BOOST_TEST(most <= connected + kStatedForEach * kClients);
    world.turn();
    BOOST_TEST(world.held() <= connected);
  }
}

BOOST_AUTO_TEST_CASE(a_bridge_that_never_answers_costs_nothing_that_grows) {
  for (const bool is_v21 : {false, true}) {
    Fixture world(is_v21);
    world.greet();
    world.broker.published = 0;
    std::size_t held_early = 0;  // once of each client as many ends are remembered as may be
    constexpr std::uintptr_t kVisits = 50'000;
    for (std::uintptr_t visit = 0; visit < kVisits; ++visit) {
      const auto number = 10 + visit % 1000;  // the same thousand again and again
      world.connect(number);
      world.turn();
      world.disconnect(number);
      world.turn();
      if (visit == kVisits / 2) held_early = world.held();
    }
    BOOST_TEST(world.held() <= held_early + kKiB);
    BOOST_TEST(world.broker.published >= kVisits, "each visit was emitted");
  }
}

BOOST_AUTO_TEST_CASE(requests_that_wait_cost_no_more_than_stated) {
  Fixture world(false);
  world.greet();
  const std::string payload(kMaxRequestBytes / kMaxPublicationsPerRequest - 40, 'x');
  request::Publish body;
  body.publications.resize(kMaxPublicationsPerRequest, {"ds/status/pump", payload, 1, true});
  std::size_t most = 0;
  for (std::uint64_t number = 2; number < 1000; ++number) {
    world.plugin.control(Fixture::client(Fixture::kBridge), encode_request({1, number, body}));
    most = std::max(most, world.held());
  }
  BOOST_TEST(most >= kMaxWaitingRequests * kMaxRequestBytes / 2);  // else none waited
  BOOST_TEST(most <= kStatedForEnds);
}

BOOST_AUTO_TEST_CASE(declarations_of_those_who_are_connected_or_have_left_cost_no_more_than_stated) {
  Fixture world(true);
  world.greet();
  world.send_rules({"{device}"}, {});
  const auto before = world.held();
  constexpr std::uintptr_t kClients = 2000;
  for (std::uintptr_t number = 10; number < 10 + kClients; ++number) {
    world.connect(number);
    world.publish(number, "ds/declare/" + world.id_of(number), std::string(100'000, 'x'));
  }
  world.turn();
  const auto each = (world.held() - before) / kClients;
  BOOST_TEST(each <= world.broker.id_bytes + kAddress.size() + kStatedForEach + kMaxDeclarationBytes);
  BOOST_TEST(each >= kMaxDeclarationBytes);  // else nothing was measured
  std::size_t most = 0;
  for (std::uintptr_t number = 10; number < 10 + kMaxPastConnections; ++number) {
    world.connect(number);
    world.publish(number, "ds/declare/" + world.id_of(number), std::string(kMaxDeclarationBytes, 'x'));
    world.disconnect(number);
    most = std::max(most, world.held());
  }
  BOOST_TEST(most <= kStatedForEnds + kClients * (kStatedForEach + kMaxDeclarationBytes));
}

BOOST_AUTO_TEST_CASE(reports_cost_no_more_than_stated_however_many_topics_there_are) {
  for (const std::size_t topic_bytes : {std::size_t{12}, std::size_t{200}, kMaxReportTopicBytes}) {
    Fixture world(true);
    world.greet();
    world.send_rules({}, {"{device}/*"});
    world.broker.id_bytes = world.broker.username_bytes = std::min(topic_bytes / 2, kMaxReportedIdBytes);
    world.connect(10);
    const std::uintptr_t count = topic_bytes > 1000 ? 40'000 : kMaxReportTopics * 3 / 2;
    std::size_t most = 0;
    for (std::uintptr_t number = 0; number < count; ++number) {
      auto topic = std::to_string(number) + "/";
      topic.resize(topic_bytes, 'x');
      world.publish(10, topic, "x");
      if (number % 2 == 0) world.publish(10, topic, "x");  // and one that waits
      if (number % 1000 == 0) world.turn();
      most = std::max(most, world.held());
    }
    BOOST_TEST(most <= kStatedForReports, most << " bytes with topics of " << topic_bytes);
    BOOST_TEST(most >= std::min(count, kMaxReportTopics) * 100);  // else nothing was measured
  }
}

BOOST_AUTO_TEST_CASE(rules_cost_no_more_than_stated_whatever_they_are) {
  std::string wildcards;
  while (wildcards.size() < kMaxRequestBytes / 5) wildcards += "*a";
  for (const auto& [pattern, count] :
       {std::pair<std::string, std::size_t>{"a", kMaxRules}, {wildcards.substr(0, 65'000), 4}}) {
    Fixture world(true);
    world.greet();
    world.send_rules(std::vector<std::string>(count, pattern), {});
    BOOST_TEST(world.held() <= kStatedForRules);
    BOOST_TEST(world.held() >= kMiB);  // else nothing was emitted
  }
}

BOOST_AUTO_TEST_CASE(who_is_active_and_leaves_costs_nothing_that_grows) {
  Fixture world(true, 86'400);
  world.greet();
  world.send_rules({"{device}"}, {});
  std::size_t held_early = 0;
  constexpr std::uintptr_t kVisits = 50'000;
  for (std::uintptr_t visit = 0; visit < kVisits; ++visit) {
    const auto number = 10 + visit % 1000;
    world.connect(number);
    world.publish(number, "data", "x");
    world.disconnect(number);
    world.turn();
    if (visit == kVisits / 2) held_early = world.held();
  }
  BOOST_TEST(world.held() <= held_early + kKiB);
}

BOOST_AUTO_TEST_SUITE_END()
