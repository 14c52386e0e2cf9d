// SPDX-License-Identifier: Apache-2.0
// Random lives of a few devices, by seed: the engine says what the reference model says, to the byte and in
// order.
#include <random>

#include <boost/test/unit_test.hpp>

#include "tests/unit/core/engine_fixture.hpp"
#include "tests/unit/core/reference_model.hpp"

namespace rollcall::test {
namespace {

class Life {
 public:
  explicit Life(unsigned seed)
      : random_(seed),
        templates_{some_template("t0"), some_template("t1")},
        engine_({templates_, {"0", "1"}, 2min, seed}),
        model_(templates_, seed) {}

  void live(int events) {
    for (int i = 0; i < events; ++i) step();
    // To the end of every chain.
    now_ += 24h * 365;
    compare(engine_.advance(now_), model_.advance(now_), "advance");
    BOOST_REQUIRE(!engine_.next_deadline().has_value());
    again_is_the_same();
  }

  int transitions() const { return transitions_; }
  int blips() const { return blips_; }

 private:
  int below(int bound) { return static_cast<int>(random_() % static_cast<unsigned>(bound)); }
  bool one_in(int n) { return below(n) == 0; }

  TemplateDefinition some_template(const std::string& name) {
    std::vector<StatusDefinition> statuses{status("online")};
    const int count = 1 + below(4);
    for (int i = 0; i < count; ++i) {
      statuses.push_back(
          status(i == 0 ? "offline" : fmt::format("s{}", i), Seconds{one_in(4) ? 0 : below(100)}));
      statuses.back().timeline = !one_in(4);
    }
    auto definition = lifecycle(statuses, name);
    const auto branch = [&] {
      return Branch{1 + static_cast<std::size_t>(below(count)), Seconds{one_in(4) ? 0 : below(100)}};
    };
    if (one_in(2)) definition.on_graceful = branch();
    if (one_in(2)) definition.on_non_graceful = branch();
    definition.online_on_report = !one_in(4);
    if (one_in(3)) definition.graceful_causes = {Cause::connection_closed, Cause::taken_over};
    return definition;
  }

  /// One that was there before, one time in some; else a new one.
  ConnectionId some_connection() {
    if (!seen_.empty() && !one_in(3))
      return seen_[seen_.size() - 1 - std::min(seen_.size() - 1, random_() % 6U)];
    return {static_cast<std::uint32_t>(below(2)), static_cast<std::uint64_t>(below(2)), ++last_number_};
  }

  Time some_past() { return one_in(3) ? now_ - Seconds{below(200)} : now_; }

  void step() {
    if (!one_in(3)) now_ += one_in(10) ? Millis{below(300'000)} : Seconds{below(15)};
    const Time told = one_in(20) ? now_ - 100s : now_;
    const std::string device(1, static_cast<char>('a' + below(4)));
    const std::string template_name = one_in(8) ? "t1" : "t0";
    const int kind = below(10);
    if (kind < 4) {
      const bool again = !seen_.empty() && one_in(10);
      const ConnectionId id =
          again ? seen_.back() : ConnectionId{static_cast<std::uint32_t>(below(2)), 5, ++last_number_};
      seen_.push_back(id);
      const std::string client_id = fmt::format("c{}", id.number),
                        address = fmt::format("192.0.2.{}", below(9));
      both(
          ConnectionOpened{
              id, device, template_name, some_past(), Seconds{below(50)}, client_id, {}, address},
          told);
    } else if (kind < 8) {
      const Cause cause = one_in(3) ? Cause::keepalive_timeout : static_cast<Cause>(1 + below(10));
      both(ConnectionEnded{some_connection(), some_past(), cause, one_in(2)}, told);
    } else if (kind < 9) {
      both(Reported{device, template_name, some_past()}, told);
    } else {
      compare(engine_.advance(told), model_.advance(told), "advance");
    }
    BOOST_REQUIRE((engine_.next_deadline() == model_.next_deadline()));
    if (one_in(10)) again_is_the_same();
  }

  void both(const Event& event, Time told) {
    const char* const names[] = {"opened", "ended", "reported"};
    compare(engine_.handle(event, told), model_.handle(event, told), names[event.index()]);
  }

  void compare(const Effects& effects, const std::vector<std::string>& expected, const char* what) {
    std::vector<std::string> said;
    for (const Effect& effect : effects) {
      if (const auto* row = std::get_if<Record>(&effect)) {
        const std::string broker = row->broker ? std::to_string(*row->broker) : "";
        said.push_back(to_json(TimelineRow{row->device, row->at, row->from, row->to, row->kind, row->cause,
                                           row->graceful, broker, row->client_id, row->address, row->seq}) +
                       (row->on_timeline ? " shown" : " hidden"));
        ++(row->kind == "blip" ? blips_ : transitions_);
      } else {
        const auto& publish = std::get<PublishStatus>(effect);
        said.push_back(publish.payload);
        last_payloads_[publish.encoded_device] = publish.payload;
      }
    }
    BOOST_TEST_CONTEXT(what) {
      BOOST_REQUIRE_EQUAL_COLLECTIONS(said.begin(), said.end(), expected.begin(), expected.end());
    }
  }

  void again_is_the_same() {
    std::size_t count = 0;
    engine_.for_each_status([&](const PublishStatus& again) {
      ++count;
      BOOST_REQUIRE_EQUAL(again.payload, last_payloads_.at(again.encoded_device));
    });
    BOOST_REQUIRE_EQUAL(count, last_payloads_.size());
  }

  std::mt19937 random_;  // std's distributions differ between libraries; below() doesn't
  std::vector<TemplateDefinition> templates_;
  Engine engine_;
  ReferenceModel model_;
  Time now_ = kStart;
  std::uint64_t last_number_ = 0;
  std::vector<ConnectionId> seen_;
  std::map<std::string, std::string> last_payloads_;
  int transitions_ = 0, blips_ = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(engine_model)

BOOST_AUTO_TEST_CASE(random_lives_are_those_of_the_reference_model) {
  int transitions = 0, blips = 0;
  for (unsigned seed = 1; seed <= 8000; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      Life life(seed);
      life.live(60);
      transitions += life.transitions();
      blips += life.blips();
    }
  }
  // The lives were worth living: chains were walked, and cut short.
  BOOST_TEST(transitions > 30'000);
  BOOST_TEST(blips > 3'000);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall::test
