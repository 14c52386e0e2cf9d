// SPDX-License-Identifier: Apache-2.0
// How long something took, how often: counts by upper bounds, as Prometheus has them. Pure, not thread safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace rollcall {

class DurationHistogram {
 public:
  /// Upper bounds in seconds; longer ones are in none.
  static constexpr std::array<double, 14> kBounds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                  0.1,    0.25,  0.5,    1,     2.5,  5,     10};

  void add(double seconds) {
    std::size_t bucket = 0;
    while (bucket < kBounds.size() && seconds > kBounds[bucket]) ++bucket;
    if (bucket < kBounds.size()) ++counts_[bucket];
    ++count_;
    sum_ += seconds;
  }

  void add(const DurationHistogram& other) {
    for (std::size_t bucket = 0; bucket < counts_.size(); ++bucket) counts_[bucket] += other.counts_[bucket];
    count_ += other.count_;
    sum_ += other.sum_;
  }

  std::uint64_t count() const { return count_; }
  double sum() const { return sum_; }
  /// How many took kBounds[bound] at most.
  std::uint64_t count_up_to(std::size_t bound) const {
    std::uint64_t count = 0;
    for (std::size_t bucket = 0; bucket <= bound; ++bucket) count += counts_[bucket];
    return count;
  }

 private:
  std::array<std::uint64_t, kBounds.size()> counts_{};
  std::uint64_t count_ = 0;
  double sum_ = 0;
};

}  // namespace rollcall
