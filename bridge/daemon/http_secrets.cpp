// SPDX-License-Identifier: Apache-2.0
#include "bridge/daemon/http_secrets.hpp"

#include <utility>

#include "base/token_file.hpp"
#include "bridge/adapters/http/tls.hpp"

namespace rollcall {
namespace {

Result<std::optional<std::vector<std::string>>> read_tokens(const std::optional<std::string>& file,
                                                            const std::string& place, Config& config) {
  if (!file) return std::nullopt;
  auto read = read_token_file(*file);
  if (!read) return fail(place + ": " + read.error().message);
  if (read->warning) config.warnings.push_back(place + ": " + *read->warning);
  return std::move(read->tokens);
}

}  // namespace

Result<HttpSecrets> read_http_secrets(Config& config) {
  const HttpConfig& http = config.http;
  if (http.tls) {
    const auto checked = check_tls_files(HttpTls{http.tls->certificate_file, http.tls->key_file});
    if (!checked) return fail(http.tls_place + ": " + checked.error().message);
  }
  auto read = read_tokens(http.read_tokens_file, http.read_tokens_place, config);
  if (!read) return tl::make_unexpected(read.error());
  auto write = read_tokens(http.write_tokens_file, http.write_tokens_place, config);
  if (!write) return tl::make_unexpected(write.error());
  return HttpSecrets{*std::move(read), *std::move(write)};
}

}  // namespace rollcall
