// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/api/bulk_action.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/quoting.hpp"
#include "bridge/core/api/parameters.hpp"

namespace rollcall {
namespace {

constexpr std::array<std::string_view, 4> kNames{"forget", "mute", "unmute", "release"};  // by What
constexpr std::size_t kDevicesAtOnce = 200;  // one portion takes far less than 5 ms

}  // namespace

bool BulkAction::read_body() {
  JsonBody body(call_->request, {"action", "filter", "expect", "for"});
  body.need("action");
  body.need("filter");
  if (const auto name = body.text("action")) {
    const auto* const found = std::find(kNames.begin(), kNames.end(), *name);
    if (found == kNames.end()) {
      body.refuse("action", fmt::format("must be one of {}, not {}",
                                        quoted_list({kNames.begin(), kNames.end()}), in_quotes(*name)));
    } else {
      what_ = static_cast<What>(found - kNames.begin());
    }
  }
  wait_ = body.duration("for");
  if (wait_ && what_ != What::mute) body.refuse("for", "goes with \"mute\" alone");
  expected_ = body.number("expect");
  const auto object = body.object("filter");
  if (!body.is_good()) {
    call_->answer(body.problem());
    return false;
  }
  JsonBody filter(*object, "/filter",
                  {"status", "template", "broker", "connected", "flapping", "muted", "q"});
  filter_ = read_filter(filter, context_->names);
  if (filter.is_good()) return true;
  call_->answer(filter.problem());
  return false;
}

void BulkAction::begin() {
  if (!read_body()) return;
  scan_ = std::make_unique<DeviceScan>(filter_, DeviceOrder::latest_since, std::string(), 0);
  context_->ports.bridge.read(
      [self = shared_from_this()](const Bridge& bridge, Time now) {
        return self->scan_->look_on(bridge.engine(), now);
      },
      [self = shared_from_this()] { self->found(); });
}

void BulkAction::found() {
  for (auto& each : scan_->take()) devices_.push_back(std::move(each.device));
  if (!expected_) return answer();
  if (*expected_ != devices_.size()) {
    return call_->answer(
        problem(409, fmt::format("it would be {} devices now, not {}: look again, and expect that",
                                 devices_.size(), *expected_)));
  }
  act_on_next();
}

void BulkAction::act_on_next() {
  if (next_ == devices_.size()) return answer();
  context_->ports.bridge.change(
      [self = shared_from_this()](Bridge& bridge, Time now) -> Result<std::uint64_t> {
        if (auto why = bridge.why_no_commands()) return fail(*std::move(why));
        std::uint64_t last_write = 0;
        const auto end = std::min(self->next_ + kDevicesAtOnce, self->devices_.size());
        for (; self->next_ < end; ++self->next_) {
          const auto write = self->apply(bridge, self->devices_[self->next_], now);
          if (write) last_write = *write;
          ++(write ? self->done_ : self->skipped_);
        }
        return last_write;
      },
      [self = shared_from_this()](const Result<std::string>& result) {
        if (!result) return self->call_->answer(problem(503, result.error().message));
        self->act_on_next();
      });
}

Result<std::uint64_t> BulkAction::apply(Bridge& bridge, const std::string& device, Time now) const {
  switch (what_) {
    case What::forget:
      return bridge.command(ForgetDevice{device}, now);
    case What::mute:
      return bridge.command(MuteDevice{device, wait_ ? std::optional(now + *wait_) : std::nullopt}, now);
    case What::unmute:
      return bridge.command(UnmuteDevice{device}, now);
    case What::release:
      break;
  }
  return bridge.command(ReleaseStatus{device}, now);
}

/// What can't be done to a device (one that is connected can't be forgotten) is skipped.
void BulkAction::answer() const {
  call_->answer(
      json_answer(fmt::format(R"({{"action":"{}","matched":{},"done":{},"skipped":{}}})",
                              kNames[static_cast<std::size_t>(what_)], devices_.size(), done_, skipped_)));
}

}  // namespace rollcall
