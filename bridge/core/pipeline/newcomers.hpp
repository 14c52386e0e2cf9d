// SPDX-License-Identifier: Apache-2.0
// Who may become a device: on a broker that lets anybody in, strangers could else fill the memory and the
// store with random ids. Not thread safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "bridge/core/config/config.hpp"

namespace rollcall {

class Newcomers {
 public:
  /// Which limit one was refused by.
  enum class Limit { max_devices, new_devices };

  explicit Newcomers(NewcomerLimits limits) : limits_(limits) {}

  /// `limits` hold from now on.
  void set_limits(NewcomerLimits limits);

  /// True if `device`, which isn't known, may become one at `at`; `known`: how many there are. What it
  /// refuses is counted.
  bool admit(std::string_view device, std::size_t known, Time at);

  /// The wall clock was set by `by`.
  void move_times(Millis by);

  /// How many contacts were refused since the start.
  std::uint64_t refused() const { return refused_; }

  /// What has been refused since the last call.
  struct News {
    std::uint64_t count = 0;
    Limit by = Limit::max_devices;  ///< the last one
    std::string device;             ///< likewise
  };
  /// Empty unless there is some, and the last time that there was is a minute ago.
  std::optional<News> take_news(Time now);
  /// When take_news() has some; empty: nothing was refused since.
  std::optional<Time> news_due() const;

 private:
  bool take_token(Time at);
  bool refuse(std::string_view device, Limit by);

  NewcomerLimits limits_;
  std::optional<double> tokens_;  ///< of new_devices; empty: as many as there can be
  Time filled_at_ = Time::min();  ///< when `tokens_` was that
  std::uint64_t refused_ = 0;
  News news_;
  std::optional<Time> news_at_;  ///< when they were taken last
};

}  // namespace rollcall
