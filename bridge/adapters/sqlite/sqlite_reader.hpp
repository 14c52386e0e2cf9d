// SPDX-License-Identifier: Apache-2.0
// Reads what a store holds about one device, beside the bridge that has it or without one: takes no lock of
// the bridge's, and makes, changes and removes no file. Any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "bridge/core/store/stored_device.hpp"

namespace rollcall {

/// All at one moment; at most `most_rows` of the timeline. The error is a whole line with the file's name:
/// there is no store yet, it is none of ours, of another version, damaged, or can't be read.
Result<StoredDevice> read_stored_device(const std::string& path, std::string_view device,
                                        std::size_t most_rows);

}  // namespace rollcall
