// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/pipeline/newcomers.hpp"

#include <algorithm>
#include <utility>

#include "bridge/core/lifecycle/clock_step.hpp"

namespace rollcall {
namespace {

constexpr Millis kNewsEvery{60'000};

}  // namespace

void Newcomers::set_limits(NewcomerLimits limits) {
  if (limits == limits_) return;
  limits_ = limits;
  tokens_.reset();
}

bool Newcomers::admit(std::string_view device, std::size_t known, Time at) {
  if (known >= limits_.max_devices) return refuse(device, Limit::max_devices);
  if (!take_token(at)) return refuse(device, Limit::new_devices);
  return true;
}

/// Times may come out of order by a little: what is earlier than the last one adds nothing.
bool Newcomers::take_token(Time at) {
  const double burst = limits_.burst();
  if (!tokens_) {
    tokens_ = burst;
    filled_at_ = at;
  }
  if (at > filled_at_) {
    const auto seconds = static_cast<double>((at - filled_at_).count()) / 1000;
    tokens_ = std::min(burst, *tokens_ + seconds * static_cast<double>(limits_.new_devices_per_second));
    filled_at_ = at;
  }
  if (*tokens_ < 1) return false;
  *tokens_ -= 1;
  return true;
}

bool Newcomers::refuse(std::string_view device, Limit by) {
  ++refused_;
  ++news_.count;
  news_.by = by;
  news_.device = device;
  return false;
}

void Newcomers::move_times(Millis by) {
  if (tokens_) move_along(filled_at_, by);
  if (news_at_) move_along(*news_at_, by);
}

std::optional<Newcomers::News> Newcomers::take_news(Time now) {
  const auto due = news_due();
  if (!due || now < *due) return std::nullopt;
  news_at_ = now;
  return std::exchange(news_, {});
}

std::optional<Time> Newcomers::news_due() const {
  if (news_.count == 0) return std::nullopt;
  return news_at_ ? *news_at_ + kNewsEvery : Time::min();
}

}  // namespace rollcall
