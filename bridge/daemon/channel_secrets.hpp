// SPDX-License-Identifier: Apache-2.0
// The files that the configuration names for channels: secrets of webhooks, passwords of mail servers.
#pragma once

#include "base/result.hpp"
#include "bridge/core/channels/delivery_queue.hpp"
#include "bridge/core/config/config.hpp"

namespace rollcall {

/// The error names file, line and path; a secret that can't sign where it is to is one, too, and so is a
/// ca_file that can't be read. What is to be said of a file is added to `config.warnings`.
Result<ChannelSecrets> read_channel_secrets(Config& config);

}  // namespace rollcall
