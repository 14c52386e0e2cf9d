// SPDX-License-Identifier: Apache-2.0
// A client that says any bytes, for what a well-behaved one never says.
#pragma once

#include <cstring>
#include <map>
#include <string>

#include <arpa/inet.h>
#include <boost/test/unit_test.hpp>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "bridge/adapters/http/descriptor.hpp"
#include "bridge/adapters/http/header_text.hpp"

namespace rollcall {

inline bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

struct WireReply {
  int status = 0;  ///< 0: the connection has ended without one
  std::map<std::string, std::string> headers;
  std::string head, body;

  std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
};

class Wire {
 public:
  /// To "127.0.0.1:41233", or to a path.
  explicit Wire(const std::string& address) {
    sockaddr_storage to{};
    socklen_t size = 0;
    if (address.front() == '/') {
      auto& unix_to = reinterpret_cast<sockaddr_un&>(to);
      unix_to.sun_family = AF_UNIX;
      std::memcpy(unix_to.sun_path, address.c_str(), address.size());
      size = sizeof unix_to;
    } else {
      auto& ip_to = reinterpret_cast<sockaddr_in&>(to);
      ip_to.sin_family = AF_INET;
      ip_to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      ip_to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
      size = sizeof ip_to;
    }
    socket_ = Descriptor(::socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const timeval patience{60, 0};  // so that a test that fails ends
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    is_connected_ = ::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&to), size) == 0;
  }

  bool is_connected() const { return is_connected_; }

  /// False if the server has gone.
  bool send(const std::string& bytes) {
    for (std::size_t sent = 0; sent < bytes.size();) {
      const auto size = ::send(socket_.get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (size <= 0) return false;
      sent += static_cast<std::size_t>(size);
    }
    return true;
  }
  void half_close() { ::shutdown(socket_.get(), SHUT_WR); }
  void close() { socket_ = Descriptor(); }
  /// Without a word: the other side gets a reset.
  void reset() {
    const linger at_once{1, 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close();
  }

  /// True if something has come, or the end.
  bool has_reply() {
    char byte = 0;
    return ::recv(socket_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0;
  }
  /// Everything up to and with this; less: the connection has ended.
  std::string read_until(const std::string& end) {
    for (;;) {
      const auto found = bytes_.find(end);
      if (found != std::string::npos) return cut(found + end.size());
      if (!receive()) return cut(bytes_.size());
    }
  }
  std::string read_bytes(std::size_t size) {
    while (bytes_.size() < size && receive()) {
    }
    return cut(std::min(size, bytes_.size()));
  }
  std::string read_all() {
    while (receive()) {
    }
    return cut(bytes_.size());
  }

  /// One answer that has a length.
  WireReply read_reply(bool has_body = true) {
    WireReply reply;
    reply.head = read_until("\r\n\r\n");
    if (reply.head.size() < 12) return reply;
    reply.status = std::stoi(reply.head.substr(9, 3));
    for (auto line = reply.head.find("\r\n") + 2; line + 2 < reply.head.size();) {
      const auto end = reply.head.find("\r\n", line);
      const auto colon = reply.head.find(": ", line);
      reply.headers[lower_case(reply.head.substr(line, colon - line))] =
          reply.head.substr(colon + 2, end - colon - 2);
      line = end + 2;
    }
    const auto length = reply.header("content-length");
    if (has_body && !length.empty()) reply.body = read_bytes(std::stoul(length));
    return reply;
  }

 private:
  bool receive() {
    char more[16384];
    const auto size = ::recv(socket_.get(), more, sizeof more, 0);
    if (size <= 0) return false;
    bytes_.append(more, static_cast<std::size_t>(size));
    return true;
  }
  std::string cut(std::size_t size) {
    auto text = bytes_.substr(0, size);
    bytes_.erase(0, size);
    return text;
  }

  Descriptor socket_;
  bool is_connected_ = false;
  std::string bytes_;
};

}  // namespace rollcall
