// SPDX-License-Identifier: Apache-2.0
#include "bridge/daemon/channel_secrets.hpp"

#include <utility>

#include <unistd.h>

#include "base/quoting.hpp"
#include "base/secret_file.hpp"
#include "bridge/core/channels/webhook_message.hpp"

namespace rollcall {

Result<ChannelSecrets> read_channel_secrets(Config& config) {
  ChannelSecrets secrets;
  for (const ChannelConfig& channel : config.channels) {
    if (channel.ca_file && ::access(channel.ca_file->c_str(), R_OK) != 0)
      return fail(channel.ca_place + ": can't read " + in_quotes(*channel.ca_file));
    if (!channel.secret_file) continue;
    const auto& place = channel.secret_place;
    auto secret = read_secret_file(*channel.secret_file);
    if (!secret) return fail(place + ": " + secret.error().message);
    if (secret->warning) config.warnings.push_back(place + ": " + *secret->warning);
    if (channel.is_signed()) {
      if (const auto key = signing_key(secret->text); !key)
        return fail(place + ": " + in_quotes(*channel.secret_file) + ": " + key.error().message);
    }
    secrets.emplace(channel.name, std::move(secret->text));
  }
  return secrets;
}

}  // namespace rollcall
