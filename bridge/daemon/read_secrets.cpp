// SPDX-License-Identifier: Apache-2.0
#include "bridge/daemon/read_secrets.hpp"

#include <utility>

#include "base/secret_file.hpp"
#include "bridge/adapters/mqtt/tls.hpp"

namespace rollcall {

Result<Secrets> read_secrets(Config& config) {
  Secrets secrets;
  for (std::size_t broker = 0; broker < config.brokers.size(); ++broker) {
    if (const auto& tls = config.brokers[broker].tls) {
      if (auto checked = check_tls_files(*tls, config.tls_places[broker]); !checked)
        return tl::make_unexpected(checked.error());
    }
    const auto& file = config.brokers[broker].password_file;
    auto password = file ? read_secret_file(*file) : Result<Secret>{};
    const auto& place = config.password_file_places[broker];
    if (!password) return fail(place + ": " + password.error().message);
    if (password->warning) config.warnings.push_back(place + ": " + *password->warning);
    secrets.passwords.push_back(std::move(password->text));
  }
  auto http = read_http_secrets(config);
  if (!http) return tl::make_unexpected(http.error());
  secrets.http = *std::move(http);
  auto channels = read_channel_secrets(config);
  if (!channels) return tl::make_unexpected(channels.error());
  secrets.channels = *std::move(channels);
  return secrets;
}

}  // namespace rollcall
