// SPDX-License-Identifier: Apache-2.0
// The files that a configuration names: passwords and other secrets, certificates and keys.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "bridge/core/config/config.hpp"
#include "bridge/daemon/channel_secrets.hpp"
#include "bridge/daemon/http_secrets.hpp"

namespace rollcall {

struct Secrets {
  std::vector<std::string> passwords;  ///< of the brokers, by index; empty where there is no password_file
  HttpSecrets http;
  ChannelSecrets channels;
};

/// Returns what the files hold. The error names file, line and path; files for TLS that are of no use are
/// one, too. What is to be said of a secret is added to `config.warnings`.
Result<Secrets> read_secrets(Config& config);

}  // namespace rollcall
