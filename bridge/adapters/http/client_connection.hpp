// SPDX-License-Identifier: Apache-2.0
// A client's connection: it waits for each byte, but never longer than it is told to.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "bridge/adapters/http/byte_socket.hpp"
#include "bridge/adapters/http/descriptor.hpp"
#include "bridge/adapters/http/http_url.hpp"
#include "bridge/adapters/http/tls.hpp"

namespace rollcall {

class ClientConnection {
 public:
  using Clock = std::chrono::steady_clock;

  static Result<ClientConnection> connect_to(const std::string& socket_path);
  /// `tls` is used where the URL wants it. Of several addresses takes the first that can be reached.
  static Result<ClientConnection> connect_to(const HttpUrl& url, const TlsContext& tls,
                                             Clock::time_point deadline);

  Result<void> send(std::string_view bytes, Clock::time_point deadline);
  /// Waits until something has come, but no longer than that, nor beyond a signal. Returns whether it has.
  bool is_readable(Clock::time_point deadline) const;
  /// Returns what has come; empty: the other side has ended.
  Result<std::string> receive(Clock::time_point deadline);

 private:
  ClientConnection(Descriptor descriptor, Tls tls);
  Result<void> wait(TransferResult::State state, Clock::time_point deadline) const;

  Descriptor descriptor_;
  ByteSocket socket_;
};

}  // namespace rollcall
