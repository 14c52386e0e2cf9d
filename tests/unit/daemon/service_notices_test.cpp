// SPDX-License-Identifier: Apache-2.0
#include "bridge/daemon/service_notices.hpp"

#include "tests/unit/adapters/system/notify_socket.hpp"

using namespace rollcall;

namespace {

struct Watched {
  const std::string name = "@rollcall-notices-" + std::to_string(::getpid());
  NotifySocket socket{name};
  boost::asio::io_context io;

  std::string next() { return socket.message_that_is_there(); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(service_notices, Watched)

BOOST_AUTO_TEST_CASE(it_says_what_the_bridge_is_about) {
  ServiceNotices notices(io, {name, std::nullopt});
  notices.ready();
  BOOST_TEST(next() == "READY=1");
  notices.reloading();
  BOOST_TEST(next().starts_with("RELOADING=1\nMONOTONIC_USEC="));
  notices.ready();
  BOOST_TEST(next() == "READY=1");
  notices.stopping();
  BOOST_TEST(next() == "STOPPING=1");
}

BOOST_AUTO_TEST_CASE(the_loop_shows_life_from_when_it_is_ready) {
  ServiceNotices notices(io, {name, Millis{2}});
  BOOST_TEST(next() == "");
  notices.ready();
  BOOST_TEST(next() == "READY=1");
  BOOST_TEST(next() == "WATCHDOG=1");
  for (int i = 0; i < 3; ++i) {
    BOOST_TEST(next() == "");  // nothing by itself: only the loop says it
    io.run_one();
    BOOST_TEST(next() == "WATCHDOG=1");
  }
}

BOOST_AUTO_TEST_CASE(a_reload_shows_life_no_more_often) {
  ServiceNotices notices(io, {name, Millis{60'000}});
  notices.ready();
  notices.ready();
  BOOST_TEST(next() == "READY=1");
  BOOST_TEST(next() == "WATCHDOG=1");
  BOOST_TEST(next() == "READY=1");
  BOOST_TEST(next() == "");
}

BOOST_AUTO_TEST_CASE(who_is_not_watched_shows_no_life) {
  ServiceNotices notices(io, {name, std::nullopt});
  notices.ready();
  BOOST_TEST(next() == "READY=1");
  BOOST_TEST(io.run() == 0U);
  BOOST_TEST(next() == "");
}

BOOST_AUTO_TEST_SUITE_END()
