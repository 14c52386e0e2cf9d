// SPDX-License-Identifier: Apache-2.0
// The limits of one device: by examples in tests/golden/notifications; here against a model that knows no
// counters, but looks through all that has happened so far.
#include "bridge/core/notify/device_limits.hpp"

#include <algorithm>
#include <random>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "bridge/core/notify/notify_rules.hpp"

using namespace rollcall;
using namespace std::chrono_literals;

namespace {

Time second(std::int64_t of) { return Time{std::chrono::seconds{of}}; }

constexpr std::int64_t kDay = 300;  // seconds: there are several in a history

struct Event {
  std::int64_t at;
  std::string status;
  bool is_muted;
};

struct Sent {
  std::int64_t at;
  bool is_recovery;
  std::string status;
  std::int64_t happened;
  std::uint64_t count;
  bool operator==(const Sent&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Sent& sent) {
  return out << sent.at << (sent.is_recovery ? " recovery " : " ") << sent.status << " of " << sent.happened
             << " x" << sent.count;
}

/// Second after second, and each question is answered by the whole history.
class Model {
 public:
  Model(const TemplateDefinition& definition, std::uint64_t cap) : definition_(definition), cap_(cap) {}

  std::vector<Sent> play(const std::vector<Event>& events, std::int64_t until) {
    for (std::int64_t now = 0; now <= until; ++now) {
      for (const auto& event : events) {
        if (event.at == now) happen(event);
      }
      if (waiting_ >= 0 && now >= due_at()) send(now);
    }
    return sent_;
  }

 private:
  const NotifyLimits* limits(const std::string& status) const { return limits_of(definition_, status); }

  std::vector<std::size_t> of_status(const std::string& status, std::size_t through) const {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i <= through; ++i) {
      if (seen_[i].status == status) found.push_back(i);
    }
    return found;
  }
  /// When the window that an event lies in began.
  std::int64_t window(std::size_t event) const {
    std::int64_t began = -1;
    const auto period = *limits(seen_[event].status)->period / 1s;
    for (const auto each : of_status(seen_[event].status, event)) {
      if (began < 0 || seen_[each].at >= began + period) began = seen_[each].at;
    }
    return began;
  }
  bool is_due(std::size_t event) const {
    const auto* const it = limits(seen_[event].status);
    if (it == nullptr || of_status(seen_[event].status, event).size() % it->every != 0) return false;
    if (!it->period) return true;
    return std::none_of(sent_events_.begin(), sent_events_.end(), [&](std::size_t other) {
      return seen_[other].status == seen_[event].status && window(other) == window(event);
    });
  }
  /// Whether somebody believes that it isn't online.
  bool is_told() const {
    bool told = false;
    std::size_t at = 0;
    for (const auto& entry : log_) {
      at = entry.second;
      if (entry.first == 's') {
        const auto& status = seen_[at].status;
        if (status == "online") told = false;
        if (status != "online" && limits(status)->recovery) told = true;
      } else {
        told = false;
      }
    }
    return told;
  }
  std::int64_t due_at() const {
    const auto happened = seen_[static_cast<std::size_t>(waiting_)].at;
    return sent_.empty() ? happened : std::max(happened, sent_.back().at + 5);
  }

  void happen(const Event& event) {
    seen_.push_back(event);
    const auto index = seen_.size() - 1;
    const bool is_back = event.status == "online";
    if (waiting_ >= 0) {
      const auto& waits = seen_[static_cast<std::size_t>(waiting_)];
      const bool is_recovery = waits.status == "online";
      if (is_back ? !is_recovery && limits(waits.status)->recovery : is_recovery) waiting_ = -1;
    }
    if (event.is_muted) {
      if (is_back) log_.emplace_back('x', index);
      return;
    }
    if (is_back ? is_told() : is_due(index)) waiting_ = static_cast<std::int64_t>(index);
  }

  void send(std::int64_t now) {
    const auto index = static_cast<std::size_t>(std::exchange(waiting_, -1));
    const auto& event = seen_[index];
    const bool is_recovery = event.status == "online";
    const auto today = std::count_if(sent_.begin(), sent_.end(),
                                     [&](const Sent& each) { return each.at / kDay == now / kDay; });
    if (seen_.back().is_muted || static_cast<std::uint64_t>(today) >= cap_) {
      if (is_recovery) log_.emplace_back('x', index);
      return;
    }
    std::uint64_t count = 1;
    if (!is_recovery) {
      count = 0;
      std::size_t told_through = 0;  // events before it are told
      for (std::size_t i = 0; i < sent_.size(); ++i) {
        if (sent_[i].status == event.status) told_through = seen_when_sent_[i];
      }
      for (std::size_t i = told_through; i < seen_.size(); ++i) count += seen_[i].status == event.status;
      sent_events_.push_back(index);
    }
    log_.emplace_back('s', index);
    sent_.push_back({now, is_recovery, event.status, event.at, count});
    seen_when_sent_.push_back(seen_.size());
  }

  const TemplateDefinition& definition_;
  const std::uint64_t cap_;
  std::vector<Event> seen_;
  std::int64_t waiting_ = -1;  // an event
  std::vector<Sent> sent_;
  std::vector<std::size_t> seen_when_sent_, sent_events_;
  std::vector<std::pair<char, std::size_t>> log_;  // sent, or given up; and of which event
};

/// The same history through the limits, with a new object for each step: all that counts is in the record.
std::vector<Sent> limited(const TemplateDefinition& definition, std::uint64_t cap,
                          const std::vector<Event>& events, std::int64_t until) {
  std::vector<Sent> sent;
  NotifyRecord record;
  std::string previous;
  bool is_muted = false;
  for (std::int64_t now = 0; now <= until; ++now) {
    for (const auto& event : events) {
      if (event.at != now) continue;
      is_muted = event.is_muted;
      DeviceLimits(record, definition)
          .entered({event.status, previous, "cause", second(now)}, {second(now), is_muted, false, 0ms});
      previous = event.status;
    }
    if (record.waiting && record.waiting->due <= second(now)) {
      const auto notice = DeviceLimits(record, definition).take(second(now), is_muted, now / kDay, cap);
      if (notice) {
        sent.push_back({now, notice->kind == WaitingNotice::Kind::recovery, notice->status,
                        notice->at.time_since_epoch() / 1s, notice->count});
      }
    }
    if (DeviceLimits(record, definition).trim(second(now), now / kDay)) record = {};
  }
  return sent;
}

TemplateDefinition random_template(std::mt19937& random) {
  const auto one_of = [&](std::vector<int> from) { return from[random() % from.size()]; };
  TemplateDefinition definition = default_template();
  for (std::size_t i = 1; i < definition.statuses.size(); ++i) {
    NotifyLimits limits;
    limits.every = static_cast<std::uint64_t>(one_of({1, 1, 2, 3, 6}));
    if (const int period = one_of({0, 0, 7, 30, 60}); period > 0)
      limits.period = std::chrono::seconds{period};
    limits.recovery = random() % 2 == 0;
    if (random() % 4 != 0) definition.statuses[i].notify = limits;
  }
  return definition;
}

std::vector<Event> random_history(std::mt19937& random, const TemplateDefinition& definition,
                                  std::int64_t until) {
  std::vector<Event> events;
  std::string before;
  bool is_muted = false;
  for (std::int64_t now = 0; now < until; now += 1 + static_cast<std::int64_t>(random() % 12)) {
    const auto& status = definition.statuses[random() % definition.statuses.size()].key;
    if (random() % 8 == 0) is_muted = !is_muted;
    if (status == before) continue;
    events.push_back({now, status, is_muted});
    before = status;
  }
  return events;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(device_limits)

BOOST_AUTO_TEST_CASE(random_histories_come_out_as_by_a_model_without_counters) {
  constexpr std::int64_t kUntil = 700;
  std::size_t sent_at_all = 0;
  for (unsigned seed = 1; seed <= 300; ++seed) {
    std::mt19937 random(seed);
    const auto definition = random_template(random);
    const std::uint64_t cap = random() % 3 == 0 ? 4 : 100;
    const auto events = random_history(random, definition, kUntil);
    const auto expected = Model(definition, cap).play(events, kUntil + 10);
    const auto sent = limited(definition, cap, events, kUntil + 10);
    BOOST_TEST_CONTEXT("seed " << seed) { BOOST_TEST(sent == expected, boost::test_tools::per_element()); }
    sent_at_all += sent.size();
  }
  BOOST_TEST(sent_at_all > 3000U);
}

BOOST_AUTO_TEST_CASE(of_a_device_that_has_used_up_nothing_nothing_is_kept) {
  auto definition = default_template();
  definition.statuses[1].notify.emplace().period = 1min;
  NotifyRecord record;
  DeviceLimits limits(record, definition);
  limits.entered({"offline", "online", "unknown", second(0)}, {second(0), false, false, 0ms});
  BOOST_TEST(!limits.trim(second(0), 0));
  BOOST_TEST(limits.take(second(0), false, 0, 100).has_value());
  BOOST_TEST(!limits.trim(second(59), 0));
  BOOST_TEST(!limits.trim(second(60), 0));  // it counts for the day
  BOOST_TEST(limits.trim(second(60), 1));
}

BOOST_AUTO_TEST_CASE(what_an_incident_tells_is_told) {
  auto definition = default_template();
  definition.statuses[1].notify.emplace();
  NotifyRecord record;
  DeviceLimits limits(record, definition);
  limits.entered({"offline", "online", "unknown", second(0)}, {second(0), false, false, 30s});
  BOOST_TEST((record.waiting->due == second(30)));
  limits.cover();
  BOOST_TEST(!record.waiting);
  limits.entered({"offline", "online", "unknown", second(100)}, {second(100), false, true, 0ms});
  BOOST_TEST(!record.waiting);
  limits.entered({"offline", "online", "unknown", second(200)}, {second(200), false, false, 0ms});
  BOOST_TEST(limits.take(second(200), false, 0, 100)->count == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
