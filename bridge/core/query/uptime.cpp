// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/query/uptime.hpp"

#include <algorithm>

namespace rollcall {
namespace {

struct Sums {
  Millis up{0}, down{0};

  void add(CountsAs counts_as, Millis time) {
    if (counts_as == CountsAs::up) up += time;
    if (counts_as == CountsAs::down) down += time;
  }
  std::optional<double> availability() const {
    if (up + down == Millis{0}) return std::nullopt;
    return static_cast<double>(up.count()) / static_cast<double>((up + down).count());
  }
};

class Buckets {
 public:
  Buckets(Time from, Time to, Millis step) : from_(from), step_(step) {
    for (Time at = from; at < to; at += step) buckets_.push_back({at, {}, {}});
    sums_.resize(buckets_.size());
  }

  void add(const std::string& status, CountsAs counts_as, Time from, Time to) {
    while (from < to) {
      const auto index = static_cast<std::size_t>((from - from_) / step_);
      const Time until = std::min(to, from_ + (static_cast<std::int64_t>(index) + 1) * step_);
      buckets_[index].in[status] += until - from;
      sums_[index].add(counts_as, until - from);
      whole_.add(counts_as, until - from);
      from = until;
    }
  }

  Uptime end() {
    for (std::size_t index = 0; index < buckets_.size(); ++index) {
      buckets_[index].availability = sums_[index].availability();
    }
    return {std::move(buckets_), whole_.availability()};
  }

 private:
  const Time from_;
  const Millis step_;
  std::vector<UptimeBucket> buckets_;
  std::vector<Sums> sums_;
  Sums whole_;
};

}  // namespace

Uptime uptime_of(const std::vector<TimelineEntry>& rows, Time from, Time to, Millis step, Time now,
                 const CountsAsOf& counts_as) {
  Buckets buckets(from, to, step);
  const Time known_until = std::min(to, now);
  const TimelineEntry* last = nullptr;
  const auto add_until = [&](Time until) {
    if (last == nullptr) return;
    const Time begin = std::max(last->at, from);
    if (last->to.empty()) return;  // it was forgotten
    buckets.add(last->to, counts_as(last->to), begin, std::min(until, known_until));
  };
  for (const TimelineEntry& row : rows) {
    if (row.kind == "blip") continue;
    add_until(row.at);
    last = &row;
  }
  add_until(known_until);
  return buckets.end();
}

}  // namespace rollcall
