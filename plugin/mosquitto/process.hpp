// SPDX-License-Identifier: Apache-2.0
// The broker's process as its plugin sees it: command line, version, loaded plugins, and the disk. Only
// reads; Linux. Used while the broker starts or reloads, never in between.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "plugin/conf_reader.hpp"

namespace rollcall::plugin {

/// Returns the broker's command line, the program first.
Result<std::vector<std::string>> command_line();

/// Returns the files on the disk, for MosquittoConf. They refuse what can't be read a second time, such as a
/// pipe. `own_file`: the path by which this plugin was loaded.
ConfigurationFiles files_on_disk(std::string own_file);

/// Returns N if the program is a Mosquitto 2.0.N, else 0. The broker doesn't tell its plugins, so this looks
/// for the version among the program's constants.
int patch_version_of_2_0();

/// Returns the paths of the other plugins that the broker has loaded so far.
std::vector<std::string> loaded_plugins(const std::string& own_file);

}  // namespace rollcall::plugin
