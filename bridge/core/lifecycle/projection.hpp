// SPDX-License-Identifier: Apache-2.0
// From what the engine keeps of a device to what the world sees of it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "bridge/core/lifecycle/device.hpp"

namespace rollcall {

/// "report", or the cause's name: as in payloads and rows, for a device that isn't connected.
std::string_view cause_name(const LastEnd& last_end);

/// The retained status as it was last published, or is about to be, with device.seq and
/// device.published_last_seen: its payload into `out`, whose memory is used again.
void write_payload(const Device& device, std::string& out);

/// Of all that a payload shows of a template and its waits: another number when any of it changes.
std::uint64_t fingerprint(const TemplateDefinition& definition);

}  // namespace rollcall
