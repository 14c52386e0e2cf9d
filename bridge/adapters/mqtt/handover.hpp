// SPDX-License-Identifier: Apache-2.0
// What threads of a library have for the one thread of the bridge, in order: they never wait for it, and a
// burst wakes it once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

namespace rollcall {

template <typename Item>
class Handover : public std::enable_shared_from_this<Handover<Item>> {
 public:
  /// Called on the io_context's thread.
  struct Receiver {
    std::function<void(Item&)> item;
    std::function<void()> idle;  ///< after items, as many as one turn takes
  };
  /// Others get their turn after so many.
  static constexpr std::size_t kMaxPerTurn = 100;

  Handover(boost::asio::io_context& io, Receiver receiver) : io_(io), receiver_(std::move(receiver)) {}

  /// On any thread, as long as the io_context lives. Nothing after close(), or where `most` wait already.
  void put(Item item, std::size_t most = SIZE_MAX) {
    {
      const std::lock_guard lock(mutex_);
      if (is_closed_ || waiting_.size() >= most) return;
      waiting_.push_back(std::move(item));
      if (std::exchange(is_posted_, true)) return;
    }
    post();
  }

  /// On the io_context's thread. The receiver isn't called any more.
  void close() {
    std::vector<Item> dropped;  // which may be much: not under the lock
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
    dropped.swap(waiting_);
  }

 private:
  void post() {
    boost::asio::post(io_, [self = this->shared_from_this()] { self->turn(); });
  }

  /// Only the io_context's thread sets it, so that this thread may read it without the lock.
  bool is_closed() const { return is_closed_; }

  void turn() {
    if (next_ == taken_.size()) {
      taken_.clear();
      next_ = 0;
      const std::lock_guard lock(mutex_);
      taken_.swap(waiting_);
    }
    for (std::size_t count = 0; count < kMaxPerTurn && next_ < taken_.size() && !is_closed(); ++count)
      receiver_.item(taken_[next_++]);
    if (!is_closed()) receiver_.idle();
    if (is_closed()) return;
    {
      const std::lock_guard lock(mutex_);
      is_posted_ = next_ < taken_.size() || !waiting_.empty();
      if (!is_posted_) return;
    }
    post();
  }

  boost::asio::io_context& io_;
  const Receiver receiver_;
  std::vector<Item> taken_;  ///< the io_context's thread's own
  std::size_t next_ = 0;     ///< in it
  std::mutex mutex_;
  std::vector<Item> waiting_;
  bool is_posted_ = false, is_closed_ = false;
};

}  // namespace rollcall
