// SPDX-License-Identifier: Apache-2.0
#include "bridge/daemon/read_secrets.hpp"

#include <utility>

#include "base/secret_file.hpp"
#include "bridge/adapters/mqtt/tls.hpp"

namespace rollcall {

Result<std::vector<std::string>> read_secrets(Config& config) {
  std::vector<std::string> passwords;
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
    passwords.push_back(std::move(password->text));
  }
  return passwords;
}

}  // namespace rollcall
