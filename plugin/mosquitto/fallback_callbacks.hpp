// SPDX-License-Identifier: Apache-2.0
// Mosquitto 2.0 has no neutral answer to a login or an access check (docs/decisions/0005). So the plugin's
// first callbacks defer, and on an open broker fallback callbacks behind the broker's own checks allow what
// got that far. On 2.1 both functions do nothing.
#pragma once

#include "plugin/mosquitto/instance.hpp"

namespace rollcall::plugin {

/// Registers the fallbacks that the instance needs and doesn't have. Only from a callback of the broker's
/// loop: the broker registers its own checks after the plugins', at the start and at each reload, and the
/// fallbacks must come behind them.
void add_fallbacks(Instance& instance);

/// Takes them back: at a reload, and in the end.
void remove_fallbacks(Instance& instance);

}  // namespace rollcall::plugin
