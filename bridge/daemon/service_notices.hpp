// SPDX-License-Identifier: Apache-2.0
// What the service manager hears of the bridge: ready, reloading, stopping; and, where it watches, a sign of
// life. The sign is given by the bridge's own loop, so that a loop that hangs gives none and is restarted.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "bridge/adapters/system/service_manager.hpp"

namespace rollcall {

/// All calls come from the io_context's thread.
class ServiceNotices {
 public:
  /// `io` must outlive it.
  ServiceNotices(boost::asio::io_context& io, ServiceManager manager);
  ServiceNotices(const ServiceNotices&) = delete;
  ServiceNotices& operator=(const ServiceNotices&) = delete;

  /// After the start and after each reload, whether that changed anything or not. From the first time on the
  /// signs of life are given.
  void ready();
  void reloading();
  void stopping();

 private:
  void show_life();

  const ServiceManager manager_;
  boost::asio::steady_timer timer_;
  bool is_showing_life_ = false;
};

}  // namespace rollcall
