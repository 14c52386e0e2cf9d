// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/control/control_socket.hpp"

#include <fstream>
#include <thread>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/unit/adapters/sqlite/store_fixture.hpp"

using namespace rollcall;

namespace {

/// A server on a thread of its own, as the bridge has it on its own.
struct Serving : StoreFolder {
  std::string socket = control_socket_path(path);
  boost::asio::io_context io;
  std::unique_ptr<ControlServer> server;
  std::thread thread;

  void serve() {
    auto listening = ControlServer::listen(
        io, socket, [](const std::string& line, const auto& answer) { answer("heard " + line); });
    BOOST_TEST_REQUIRE(listening.has_value(), listening.error().message);
    server = std::move(*listening);
    thread = std::thread([this] { io.run(); });
  }
  ~Serving() {
    io.stop();
    if (thread.joinable()) thread.join();
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(control_socket, Serving)

BOOST_AUTO_TEST_CASE(each_line_gets_its_answer_and_only_the_owner_gets_in) {
  serve();
  BOOST_TEST(ask_bridge(socket, "one").value() == "heard one");
  BOOST_TEST(ask_bridge(socket, "two").value() == "heard two");
  struct stat there {};
  BOOST_TEST_REQUIRE(::stat(socket.c_str(), &there) == 0);
  BOOST_TEST((there.st_mode & 0777U) == 0600U);
}

BOOST_AUTO_TEST_CASE(without_a_bridge_it_says_so) {
  const auto answer = ask_bridge(socket, "one");
  BOOST_TEST_REQUIRE(!answer);
  BOOST_TEST(has(answer.error().message, "no bridge can be asked: is one running"));
  BOOST_TEST(has(answer.error().message, socket));
}

BOOST_AUTO_TEST_CASE(a_socket_that_a_dead_bridge_left_is_replaced_and_another_file_is_not) {
  const int left = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  socket.copy(address.sun_path, sizeof address.sun_path - 1);
  BOOST_TEST_REQUIRE(::bind(left, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  ::close(left);
  serve();
  BOOST_TEST(ask_bridge(socket, "one").value() == "heard one");

  const std::string file = path + ".file";
  std::ofstream(file) << "mine";
  const auto refused = ControlServer::listen(io, file, {});
  BOOST_TEST_REQUIRE(!refused);
  BOOST_TEST(has(refused.error().message, "can't listen on \"" + file + "\""));
  BOOST_TEST(bytes_of(file) == "mine");
}

BOOST_AUTO_TEST_CASE(too_long_a_line_or_path_is_no_harm) {
  serve();
  BOOST_TEST(!ask_bridge(socket, std::string(200'000, 'x')));
  BOOST_TEST(ask_bridge(socket, "still there").value() == "heard still there");
  const auto refused = ControlServer::listen(io, "/tmp/" + std::string(200, 'x'), {});
  BOOST_TEST_REQUIRE(!refused);
  BOOST_TEST(has(refused.error().message, "too long a path"));
}

BOOST_AUTO_TEST_CASE(at_its_end_the_socket_is_gone) {
  serve();
  io.stop();
  thread.join();
  server.reset();
  BOOST_TEST(!std::filesystem::exists(socket));
}

BOOST_AUTO_TEST_SUITE_END()
