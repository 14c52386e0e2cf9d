// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/http/byte_socket.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <utility>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <sys/socket.h>

namespace rollcall {
namespace {

using State = TransferResult::State;

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK; }

template <typename Call>
ssize_t repeat_when_interrupted(const Call& call) {
  ssize_t result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

ssize_t receive(int descriptor, char* bytes, std::size_t size) {
  return repeat_when_interrupted([&] { return ::recv(descriptor, bytes, size, 0); });
}

ssize_t send(int descriptor, const char* bytes, std::size_t size) {
  return repeat_when_interrupted([&] { return ::send(descriptor, bytes, size, MSG_NOSIGNAL); });
}

// OpenSSL's own way to a socket raises SIGPIPE, and whether a process ignores that isn't for this room to
// say.
int descriptor_of(BIO* bio) { return static_cast<int>(reinterpret_cast<std::intptr_t>(::BIO_get_data(bio))); }

int bio_read(BIO* bio, char* bytes, int size) {
  ::BIO_clear_retry_flags(bio);
  const auto result = receive(descriptor_of(bio), bytes, static_cast<std::size_t>(size));
  if (result < 0 && would_block()) ::BIO_set_retry_read(bio);
  return static_cast<int>(result);
}

int bio_write(BIO* bio, const char* bytes, int size) {
  ::BIO_clear_retry_flags(bio);
  const auto result = send(descriptor_of(bio), bytes, static_cast<std::size_t>(size));
  if (result < 0 && would_block()) ::BIO_set_retry_write(bio);
  return static_cast<int>(result);
}

long bio_control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

BIO_METHOD* new_bio_method() {
  auto* const method = ::BIO_meth_new(::BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket without signals");
  ::BIO_meth_set_read(method, &bio_read);
  ::BIO_meth_set_write(method, &bio_write);
  ::BIO_meth_set_ctrl(method, &bio_control);
  return method;
}

/// Never freed: connections of other threads may still have it when the process ends.
const BIO_METHOD* bio_method() {
  static const BIO_METHOD* const kMethod = new_bio_method();
  return kMethod;
}

int tls_size(std::size_t size) { return static_cast<int>(std::min<std::size_t>(size, INT_MAX)); }

}  // namespace

ByteSocket::ByteSocket(int descriptor, Tls tls) : descriptor_(descriptor), tls_(std::move(tls)) {
  if (!tls_) return;
  auto* const bio = ::BIO_new(bio_method());
  ::BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(descriptor)));
  ::BIO_set_init(bio, 1);
  ::SSL_set_bio(tls_.get(), bio, bio);
}

TransferResult ByteSocket::read(char* bytes, std::size_t size) {
  if (tls_) {
    ::ERR_clear_error();
    return tls_result(::SSL_read(tls_.get(), bytes, tls_size(size)));
  }
  const auto result = receive(descriptor_, bytes, size);
  if (result > 0) return {State::done, static_cast<std::size_t>(result)};
  return {result < 0 && would_block() ? State::wants_read : State::closed};
}

TransferResult ByteSocket::write(const char* bytes, std::size_t size) {
  if (tls_) {
    ::ERR_clear_error();
    return tls_result(::SSL_write(tls_.get(), bytes, tls_size(size)));
  }
  const auto result = send(descriptor_, bytes, size);
  if (result > 0) return {State::done, static_cast<std::size_t>(result)};
  return {result < 0 && would_block() ? State::wants_write : State::closed};
}

TransferResult ByteSocket::tls_result(int result) {
  if (result > 0) return {State::done, static_cast<std::size_t>(result)};
  switch (::SSL_get_error(tls_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return {State::wants_read};
    case SSL_ERROR_WANT_WRITE:
      return {State::wants_write};
    default:
      return {State::closed};
  }
}

void ByteSocket::finish_writing() {
  if (tls_ && ::SSL_is_init_finished(tls_.get()) == 1) {
    ::ERR_clear_error();
    ::SSL_shutdown(tls_.get());
  }
  ::shutdown(descriptor_, SHUT_WR);
}

}  // namespace rollcall
