// SPDX-License-Identifier: Apache-2.0
// TLS for HTTP: certificates and keys, of the server and of those that ask it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <openssl/ssl.h>

#include "base/result.hpp"
#include "bridge/adapters/http/byte_socket.hpp"
#include "bridge/adapters/http/http_settings.hpp"

namespace rollcall {

struct FreeTlsContext {
  void operator()(SSL_CTX* context) const { ::SSL_CTX_free(context); }
};
using TlsContext = std::unique_ptr<SSL_CTX, FreeTlsContext>;

/// Reads both files. The error names the file and says what is wrong: it can't be read, holds no certificate
/// or no key, or the two don't belong together.
Result<TlsContext> load_server_tls(const HttpTls& files);

/// As load_server_tls(), without the context: so that a configuration can be refused before it is taken.
Result<void> check_tls_files(const HttpTls& files);

/// Returns a client's context that trusts the certificates of this file; without one, those of the system.
Result<TlsContext> new_client_tls(const std::optional<std::string>& ca_file);

/// Returns one connection of a server.
Tls accept_tls(const TlsContext& context);

/// Returns one connection of a client, which goes on only with a server that has a certificate for `host`.
Tls connect_tls(const TlsContext& context, const std::string& host);

/// Returns why a client's connection has failed, in words; "" if it isn't for TLS.
std::string tls_failure(SSL* tls);

}  // namespace rollcall
