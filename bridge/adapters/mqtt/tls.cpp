// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/mqtt/tls.hpp"

#include <cerrno>
#include <cstring>
#include <memory>

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bridge/adapters/mqtt/addresses.hpp"

namespace rollcall {
namespace {

using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using Handshake = std::unique_ptr<SSL, decltype(&SSL_free)>;

/// The oldest error of OpenSSL's on this thread, which has none afterwards.
std::string openssl_error() {
  const auto code = ERR_peek_error();
  const char* const reason = ERR_reason_error_string(code);
  std::string text = reason != nullptr ? reason : "OpenSSL's error " + std::to_string(code);
  ERR_clear_error();
  return text;
}

/// Paho would ask the terminal for it.
int refuse_passphrase(char*, int, int, void* was_asked) {
  *static_cast<bool*>(was_asked) = true;
  return -1;
}

Context new_context() {
  ERR_clear_error();
  return {SSL_CTX_new(TLS_client_method()), &SSL_CTX_free};
}

Result<void> check_readable(const std::string& file) {
  struct stat status {};
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return fail(file + ": " + std::strerror(errno));
  const bool is_file = ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
  ::close(descriptor);
  if (!is_file) return fail(file + ": is not a file");
  return {};
}

Result<void> check_ca(const std::string& file) {
  if (auto readable = check_readable(file); !readable) return readable;
  const auto context = new_context();
  if (SSL_CTX_load_verify_locations(context.get(), file.c_str(), nullptr) == 1) return {};
  return fail(fmt::format("{}: holds no certificates in PEM ({})", file, openssl_error()));
}

Result<void> check_certificate(const Context& context, const std::string& file) {
  if (auto readable = check_readable(file); !readable) return readable;
  if (SSL_CTX_use_certificate_chain_file(context.get(), file.c_str()) == 1) return {};
  return fail(fmt::format("{}: holds no certificate in PEM ({})", file, openssl_error()));
}

/// After its certificate.
Result<void> check_key(const Context& context, const std::string& file) {
  if (auto readable = check_readable(file); !readable) return readable;
  bool has_passphrase = false;
  SSL_CTX_set_default_passwd_cb(context.get(), &refuse_passphrase);
  SSL_CTX_set_default_passwd_cb_userdata(context.get(), &has_passphrase);
  if (SSL_CTX_use_PrivateKey_file(context.get(), file.c_str(), SSL_FILETYPE_PEM) == 1) return {};
  const auto code = ERR_peek_error();
  const bool is_other_key = ERR_GET_LIB(code) == ERR_LIB_X509;
  const auto text = openssl_error();
  if (has_passphrase) return fail(file + ": its key needs a passphrase; it must be one without");
  if (is_other_key) return fail(fmt::format("{}: is not the certificate's key ({})", file, text));
  return fail(fmt::format("{}: holds no key in PEM ({})", file, text));
}

Result<void> at(const std::string& place, Result<void> result) {
  return result || place.empty() ? result : fail(place + ": " + result.error().message);
}

/// As Paho sets it up.
Context context_of(const TlsConfig& tls) {
  auto context = new_context();
  if (tls.ca_file) {
    SSL_CTX_load_verify_locations(context.get(), tls.ca_file->c_str(), nullptr);
  } else {
    SSL_CTX_set_default_verify_paths(context.get());
  }
  if (tls.certificate_file) {
    SSL_CTX_use_certificate_chain_file(context.get(), tls.certificate_file->c_str());
    const auto& key = tls.key_file ? *tls.key_file : *tls.certificate_file;
    SSL_CTX_use_PrivateKey_file(context.get(), key.c_str(), SSL_FILETYPE_PEM);
  }
  SSL_CTX_set_verify(context.get(), tls.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  return context;
}

std::string failure_of(const Handshake& handshake, int result) {
  const auto verified = SSL_get_verify_result(handshake.get());
  if (verified != X509_V_OK && SSL_get_verify_mode(handshake.get()) != SSL_VERIFY_NONE)
    return fmt::format("its certificate: {}", X509_verify_cert_error_string(verified));
  if (SSL_get_error(handshake.get(), result) == SSL_ERROR_SSL) return "TLS: " + openssl_error();
  return "the connection ends within the TLS handshake";
}

}  // namespace

Result<void> check_tls_files(const TlsConfig& tls, const TlsPlaces& places) {
  if (tls.ca_file) {
    if (auto checked = at(places.ca_file, check_ca(*tls.ca_file)); !checked) return checked;
  }
  if (!tls.certificate_file) return {};
  const auto context = new_context();
  auto checked = at(places.certificate_file, check_certificate(context, *tls.certificate_file));
  if (!checked) return checked;
  return tls.key_file ? at(places.key_file, check_key(context, *tls.key_file))
                      : at(places.certificate_file, check_key(context, *tls.certificate_file));
}

std::optional<std::string> why_no_tls(int socket, const std::string& host, const TlsConfig& tls) {
  const auto context = context_of(tls);
  const Handshake handshake(SSL_new(context.get()), &SSL_free);
  SSL_set_fd(handshake.get(), socket);
  if (is_literal_address(host)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(handshake.get()), host.c_str());
  } else {
    SSL_set_tlsext_host_name(handshake.get(), host.c_str());
    SSL_set1_host(handshake.get(), host.c_str());
  }
  ERR_clear_error();
  if (const int result = SSL_connect(handshake.get()); result != 1) return failure_of(handshake, result);
  // With TLS 1.3 a server says only now that it doesn't like the client's certificate, or that there is none.
  char ignored = 0;
  const int result = SSL_read(handshake.get(), &ignored, 1);
  if (result <= 0 && SSL_get_error(handshake.get(), result) == SSL_ERROR_SSL)
    return failure_of(handshake, result);
  return std::nullopt;
}

}  // namespace rollcall
