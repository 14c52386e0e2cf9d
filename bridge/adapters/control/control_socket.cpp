// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/control/control_socket.hpp"

#include <cerrno>
#include <cstring>
#include <istream>
#include <utility>

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <fmt/core.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace rollcall {
namespace {

using boost::asio::local::stream_protocol;

constexpr std::size_t kMaxLineBytes = 64UL * 1024;
constexpr std::size_t kMaxClients = 16;
constexpr auto kIdleFor = std::chrono::seconds{10};

/// One who asks, until it hangs up, or says nothing for long.
class Client : public std::enable_shared_from_this<Client> {
 public:
  Client(stream_protocol::socket socket, ControlServer::Handler handler, std::shared_ptr<std::size_t> count)
      : socket_(std::move(socket)),
        handler_(std::move(handler)),
        count_(std::move(count)),
        idle_(socket_.get_executor()) {
    ++*count_;
  }
  ~Client() { --*count_; }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void read() {
    idle_.expires_after(kIdleFor);
    idle_.async_wait([self = weak_from_this()](const boost::system::error_code& error) {
      if (const auto client = self.lock(); client && !error) client->socket_.close();
    });
    boost::asio::async_read_until(
        socket_, in_, '\n', [self = shared_from_this()](const boost::system::error_code& error, std::size_t) {
          if (!error) self->answer();
        });
  }

 private:
  void answer() {
    std::istream stream(&in_);
    std::string line;
    std::getline(stream, line);
    handler_(line, [self = shared_from_this()](const std::string& answer) { self->write(answer); });
  }

  void write(const std::string& answer) {
    out_ = answer + "\n";
    boost::asio::async_write(
        socket_, boost::asio::buffer(out_),
        [self = shared_from_this()](const boost::system::error_code& error, std::size_t) {
          if (!error) self->read();
        });
  }

  stream_protocol::socket socket_;
  ControlServer::Handler handler_;
  std::shared_ptr<std::size_t> count_;
  boost::asio::steady_timer idle_;
  boost::asio::streambuf in_{kMaxLineBytes};
  std::string out_;
};

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return fail(fmt::format("\"{}\" is too long a path for a socket ({} bytes at most)", path,
                            sizeof address.sun_path - 1));
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

/// Closes it at its end.
struct Descriptor {
  int value;
  ~Descriptor() {
    if (value >= 0) ::close(value);
  }
};

}  // namespace

std::string control_socket_path(const std::string& store_path) { return store_path + ".control"; }

class ControlServer::Listener : public std::enable_shared_from_this<Listener> {
 public:
  Listener(boost::asio::io_context& io, int descriptor, std::string path, Handler handler)
      : acceptor_(io, stream_protocol(), descriptor), path_(std::move(path)), handler_(std::move(handler)) {}

  void accept() {
    acceptor_.async_accept(
        [self = shared_from_this()](const boost::system::error_code& error, stream_protocol::socket socket) {
          if (!self->acceptor_.is_open()) return;
          if (!error && *self->clients_ < kMaxClients) {
            std::make_shared<Client>(std::move(socket), self->handler_, self->clients_)->read();
          }
          self->accept();
        });
  }

  void close() {
    acceptor_.close();
    ::unlink(path_.c_str());
  }

 private:
  stream_protocol::acceptor acceptor_;
  std::string path_;
  Handler handler_;
  std::shared_ptr<std::size_t> clients_ = std::make_shared<std::size_t>(0);
};

ControlServer::ControlServer(std::shared_ptr<Listener> listener) : listener_(std::move(listener)) {}

ControlServer::~ControlServer() { listener_->close(); }

Result<std::unique_ptr<ControlServer>> ControlServer::listen(boost::asio::io_context& io, std::string path,
                                                             Handler handler) {
  const auto address = address_of(path);
  if (!address) return tl::make_unexpected(address.error());
  Descriptor descriptor{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  const auto failed = [&] {
    return fail(fmt::format("can't listen on \"{}\": {}", path, std::strerror(errno)));
  };
  if (descriptor.value < 0) return failed();
  struct stat there {};
  if (::lstat(path.c_str(), &there) == 0 && S_ISSOCK(there.st_mode)) ::unlink(path.c_str());
  // Linux makes the file with the socket's own mode, so that nobody gets in before it is set.
  if (::fchmod(descriptor.value, 0600) != 0) return failed();
  if (::bind(descriptor.value, reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0 ||
      ::listen(descriptor.value, SOMAXCONN) != 0) {
    return failed();
  }
  auto listener = std::make_shared<Listener>(io, std::exchange(descriptor.value, -1), std::move(path),
                                             std::move(handler));
  listener->accept();
  return std::unique_ptr<ControlServer>(new ControlServer(std::move(listener)));
}

Result<std::string> ask_bridge(const std::string& path, const std::string& line) {
  const auto address = address_of(path);
  if (!address) return tl::make_unexpected(address.error());
  Descriptor descriptor{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  const auto failed = [&](const char* what) {
    return fail(fmt::format("{} (\"{}\": {})", what, path, std::strerror(errno)));
  };
  if (descriptor.value < 0) return failed("no socket can be made");
  const timeval patience{5, 0};
  ::setsockopt(descriptor.value, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(descriptor.value, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (::connect(descriptor.value, reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0) {
    return failed("no bridge can be asked: is one running with this configuration, as this user?");
  }
  const std::string request = line + "\n";
  for (std::size_t sent = 0; sent < request.size();) {
    const auto size = ::send(descriptor.value, request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return failed("the bridge takes no request");
    sent += static_cast<std::size_t>(size);
  }
  std::string answer;
  char byte = 0;
  while (answer.size() < kMaxLineBytes) {
    const auto size = ::recv(descriptor.value, &byte, 1, 0);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return failed("the bridge doesn't answer");
    if (size == 0) return fail("the bridge hung up without an answer");
    if (byte == '\n') return answer;
    answer += byte;
  }
  return fail("the bridge's answer has no end");
}

}  // namespace rollcall
