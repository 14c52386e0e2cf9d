// SPDX-License-Identifier: Apache-2.0
// Bytes in and out of a connected socket that never blocks, with TLS or without.
#pragma once

#include <cstddef>
#include <memory>

#include <openssl/ssl.h>

namespace rollcall {

struct TransferResult {
  enum class State {
    done,         ///< some bytes, at least one
    wants_read,   ///< none until the socket is readable
    wants_write,  ///< none until the socket is writable
    closed,       ///< none ever again: the other side has ended, or the connection is broken
  };
  State state = State::closed;
  std::size_t bytes = 0;
};

struct FreeTls {
  void operator()(SSL* tls) const { ::SSL_free(tls); }
};
using Tls = std::unique_ptr<SSL, FreeTls>;

/// One thread. The descriptor is another's and must outlive it. A TLS handshake happens within the first
/// transfers. No signal is raised by a connection that has ended.
class ByteSocket {
 public:
  explicit ByteSocket(int descriptor, Tls tls = nullptr);

  TransferResult read(char* bytes, std::size_t size);
  TransferResult write(const char* bytes, std::size_t size);
  /// Tells the other side that nothing more comes.
  void finish_writing();

  bool is_tls() const { return tls_ != nullptr; }
  /// The TLS connection, for what is particular to it; null without TLS.
  SSL* tls() const { return tls_.get(); }

 private:
  TransferResult tls_result(int result);

  int descriptor_;
  Tls tls_;
};

}  // namespace rollcall
