// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <optional>
#include <utility>

#include "bridge/daemon/service.hpp"

namespace rollcall {
namespace {

constexpr auto kLastWriteWithin = std::chrono::seconds{5};
constexpr auto kLastAnswersWithin = std::chrono::milliseconds{500};

}  // namespace

/// First the brokers confirm what is on its way: the next start would publish it once more. Then the links
/// end, so that nothing comes in any more; then what isn't stored yet is.
void Service::stop() {
  log_.info("stopping");
  is_stopping_ = true;
  notices_.stopping();
  last_answers_.expires_after(kLastAnswersWithin);
  last_answers_.async_wait([this](const boost::system::error_code& error) {
    if (!error) end_links();
  });
  carry_on();
}

void Service::end_links() {
  if (std::exchange(have_links_ended_, true)) return;
  last_answers_.cancel();
  for (std::uint32_t i = 0; i < links_.size(); ++i) {
    links_[i]->stop(bridge_.is_served(i) ? std::optional(bridge_.bridge_payload(false)) : std::nullopt);
  }
  bridge_.end(now());
  bridge_.advance(now());
  bridge_.begin_write(now());
  if (bridge_.is_stored()) {
    io_.stop();
    return;
  }
  carry_on();
  last_write_.expires_after(kLastWriteWithin);
  last_write_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    log_what_is_lost();
    io_.stop();
  });
}

void Service::log_what_is_lost() {
  const auto [devices, rows] = bridge_.unstored();
  const auto& error = bridge_.store_error();
  if (devices == 0 && rows == 0) return;
  log_.error(
      "{} and {} of the timeline could not be stored within {} s: {}. The next start continues from what "
      "was stored before, publishes that, and asks the brokers who is connected",
      counted(devices, "device") + "' changes", counted(rows, "row"), kLastWriteWithin.count(),
      error ? *error : "the disk is too slow");
}

}  // namespace rollcall
