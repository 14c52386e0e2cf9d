// SPDX-License-Identifier: Apache-2.0
// The plugin's callbacks, and their registration with the broker.
#pragma once

#include "plugin/mosquitto/instance.hpp"

namespace rollcall::plugin {

/// Registers all callbacks that this version of the broker has. From the first one on the broker calls them.
/// Returns MOSQ_ERR_SUCCESS, or the broker's error for the first that it refused; what was registered until
/// then stays.
int register_callbacks(Instance& instance);

/// Takes back all that is registered, the fallbacks included.
void unregister_callbacks(Instance& instance);

}  // namespace rollcall::plugin
