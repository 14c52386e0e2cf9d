// SPDX-License-Identifier: Apache-2.0
// The broker's process as seen from within: its command line, its version, the plugins that it has loaded,
// and the disk. Only reads. Linux.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "plugin/mosquitto_conf.hpp"

namespace rollcall::plugin {

Result<std::vector<std::string>> command_line();

/// `own_file`: the path by which this plugin was loaded. Refuses what can't be read a second time.
ConfigurationFiles files_on_disk(std::string own_file);

/// Returns N if the program is a Mosquitto 2.0.N, else 0. It tells its plugins nothing of that, so this looks
/// for the text among its constants.
int patch_version_of_2_0();

/// Paths of the other plugins that the broker has loaded by now.
std::vector<std::string> loaded_plugins(const std::string& own_file);

}  // namespace rollcall::plugin
