// SPDX-License-Identifier: Apache-2.0
// What the world sees of a device, from what the engine keeps of it.
#pragma once

#include <cstdint>
#include <string_view>

#include "bridge/core/lifecycle/device.hpp"
#include "topics/payloads.hpp"

namespace rollcall {

/// "report", or the cause's name: as in payloads and rows, for a device that isn't connected.
std::string_view cause_name(const LastEnd& last_end);

/// Returns the retained status as it was last published, or is about to be, with device.seq and
/// device.published_last_seen. Its texts are the device's and its template's.
Status status_payload(const Device& device);
/// The same, into a status that is as it was made.
void fill_status(const Device& device, Status& status);

/// Of all that a payload shows of a template and its waits: another number when any of it changes.
std::uint64_t fingerprint(const TemplateDefinition& definition);

}  // namespace rollcall
