// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/http/tls.hpp"

#include <array>
#include <cerrno>
#include <cstring>

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include "bridge/adapters/http/descriptor.hpp"

namespace rollcall {
namespace {

/// The oldest error of OpenSSL's on this thread, which has none afterwards; "" if there is none.
std::string take_openssl_error() {
  const auto code = ::ERR_peek_error();
  const char* const reason = ::ERR_reason_error_string(code);
  ::ERR_clear_error();
  if (code == 0) return "";
  return reason != nullptr ? reason : fmt::format("OpenSSL's error {}", code);
}

/// OpenSSL would ask the terminal for it.
int refuse_passphrase(char*, int, int, void* was_asked) {
  *static_cast<bool*>(was_asked) = true;
  return -1;
}

Result<void> check_readable(const std::string& file) {
  struct stat status {};
  const Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!descriptor.is_open()) return fail(fmt::format("{}: {}", file, std::strerror(errno)));
  if (::fstat(descriptor.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return fail(file + ": is not a file");
  }
  return {};
}

Result<void> use_certificate(SSL_CTX* context, const std::string& file) {
  if (auto readable = check_readable(file); !readable) return readable;
  if (::SSL_CTX_use_certificate_chain_file(context, file.c_str()) == 1) return {};
  return fail(fmt::format("{}: holds no certificate in PEM ({})", file, take_openssl_error()));
}

/// After its certificate.
Result<void> use_key(SSL_CTX* context, const std::string& file) {
  if (auto readable = check_readable(file); !readable) return readable;
  bool has_passphrase = false;
  ::SSL_CTX_set_default_passwd_cb(context, &refuse_passphrase);
  ::SSL_CTX_set_default_passwd_cb_userdata(context, &has_passphrase);
  const bool is_used = ::SSL_CTX_use_PrivateKey_file(context, file.c_str(), SSL_FILETYPE_PEM) == 1;
  ::SSL_CTX_set_default_passwd_cb_userdata(context, nullptr);
  if (is_used) return {};
  const bool is_other_key = ERR_GET_LIB(::ERR_peek_error()) == ERR_LIB_X509;
  const auto reason = take_openssl_error();
  if (has_passphrase) return fail(file + ": its key needs a passphrase; it must be one without");
  if (is_other_key) return fail(fmt::format("{}: is not the certificate's key ({})", file, reason));
  return fail(fmt::format("{}: holds no key in PEM ({})", file, reason));
}

/// Buffers of idle connections are given back; what a transfer leaves may be written from elsewhere.
TlsContext new_context(const SSL_METHOD* method) {
  ::ERR_clear_error();
  TlsContext context(::SSL_CTX_new(method));
  ::SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  ::SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  ::SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                        SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  return context;
}

bool is_ip_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> ignored{};
  return ::inet_pton(AF_INET, host.c_str(), ignored.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), ignored.data()) == 1;
}

}  // namespace

Result<TlsContext> load_server_tls(const HttpTls& files) {
  auto context = new_context(::TLS_server_method());
  if (auto used = use_certificate(context.get(), files.certificate_file); !used) {
    return tl::make_unexpected(used.error());
  }
  if (auto used = use_key(context.get(), files.key_file); !used) return tl::make_unexpected(used.error());
  return context;
}

Result<void> check_tls_files(const HttpTls& files) {
  const auto context = load_server_tls(files);
  if (!context) return tl::make_unexpected(context.error());
  return {};
}

Result<TlsContext> new_client_tls(const std::optional<std::string>& ca_file) {
  auto context = new_context(::TLS_client_method());
  if (!ca_file) {
    ::SSL_CTX_set_default_verify_paths(context.get());
  } else {
    if (auto readable = check_readable(*ca_file); !readable) return tl::make_unexpected(readable.error());
    if (::SSL_CTX_load_verify_locations(context.get(), ca_file->c_str(), nullptr) != 1) {
      return fail(fmt::format("{}: holds no certificates in PEM ({})", *ca_file, take_openssl_error()));
    }
  }
  ::SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  return context;
}

Tls accept_tls(const TlsContext& context) {
  Tls tls(::SSL_new(context.get()));
  ::SSL_set_accept_state(tls.get());
  return tls;
}

Tls connect_tls(const TlsContext& context, const std::string& host) {
  Tls tls(::SSL_new(context.get()));
  if (is_ip_address(host)) {
    ::X509_VERIFY_PARAM_set1_ip_asc(::SSL_get0_param(tls.get()), host.c_str());
  } else {
    SSL_set_tlsext_host_name(tls.get(), host.c_str());
    ::SSL_set1_host(tls.get(), host.c_str());
  }
  ::SSL_set_connect_state(tls.get());
  return tls;
}

std::string tls_failure(SSL* tls) {
  const auto verified = ::SSL_get_verify_result(tls);
  if (verified != X509_V_OK) {
    ::ERR_clear_error();
    return fmt::format("its certificate: {}", ::X509_verify_cert_error_string(verified));
  }
  const auto error = take_openssl_error();
  if (!error.empty()) return "TLS: " + error;
  return ::SSL_is_init_finished(tls) == 1 ? "" : "it ends the connection within the TLS handshake";
}

}  // namespace rollcall
