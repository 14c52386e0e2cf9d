// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/http/stream_pacer.hpp"

#include <algorithm>
#include <utility>

#include "bridge/adapters/http/connection.hpp"

namespace rollcall {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kShortestPause{5};

}  // namespace

void ReadyStreams::add(std::weak_ptr<Connection> connection) {
  {
    const std::lock_guard lock(mutex_);
    ready_.push_back(std::move(connection));
    if (ready_.size() > 1) return;
  }
  mailbox_->post(on_first_);
}

std::vector<std::weak_ptr<Connection>> ReadyStreams::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(ready_, {});
}

StreamPacer::StreamPacer(boost::asio::io_context& io, std::shared_ptr<Mailbox> mailbox)
    : timer_(io), ready_(std::make_shared<ReadyStreams>(std::move(mailbox), [this] { run(); })) {}

void StreamPacer::run() {
  if (is_waiting_) return;
  const auto began = Clock::now();
  if (began < not_before_) {
    is_waiting_ = true;
    timer_.expires_at(not_before_);
    timer_.async_wait([this](const boost::system::error_code& error) {
      is_waiting_ = false;
      if (!error) run();
    });
    return;
  }
  for (const auto& each : ready_->take()) {
    if (const auto connection = each.lock()) connection->go_on();
  }
  const auto now = Clock::now();
  not_before_ = now + std::max<Clock::duration>(kShortestPause, (now - began) / 4);
}

}  // namespace rollcall
