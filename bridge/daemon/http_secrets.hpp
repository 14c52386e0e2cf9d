// SPDX-License-Identifier: Apache-2.0
// The files that the configuration names for HTTP: tokens, certificate and key.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "bridge/core/config/config.hpp"

namespace rollcall {

/// What the files hold that the configuration's `http` names.
struct HttpSecrets {
  std::optional<std::vector<std::string>> read_tokens, write_tokens;
};
/// The error names file, line and path; files for TLS that are of no use are one, too. What is to be said of
/// a file is added to `config.warnings`.
Result<HttpSecrets> read_http_secrets(Config& config);

}  // namespace rollcall
