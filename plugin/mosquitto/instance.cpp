// SPDX-License-Identifier: Apache-2.0
#include "plugin/mosquitto/instance.hpp"

#include <cstdint>
#include <random>
#include <utility>

#include <dlfcn.h>

#include "plugin/mosquitto/process.hpp"

namespace rollcall::plugin {
namespace {

std::uint64_t random_boot() {
  std::random_device random;
  return (static_cast<std::uint64_t>(random()) << 32U) | random();
}

Result<MosquittoConf> conf_of_running_broker(bool is_v21) {
  try {
    const auto arguments = command_line();
    if (!arguments) return tl::make_unexpected(arguments.error());
    return MosquittoConf::read(*arguments, {is_v21, is_v21 ? 0 : patch_version_of_2_0()},
                               files_on_disk(own_file()));
  } catch (const std::exception& error) {
    return fail(error.what());
  }
}

}  // namespace

std::string own_file() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&own_file), &info) == 0 || info.dli_fname == nullptr) return {};
  return info.dli_fname;
}

Shared::Shared(Options options)
    : is_v21(is_running_in_v21()),
      plugin(std::move(options), broker, is_v21, random_boot()),
      open_access(conf_of_running_broker(is_v21), plugin.options().open_broker,
                  [] { return loaded_plugins(own_file()); }) {}

void log_what_is_unclear(Instance& instance) {
  const auto warning = instance.shared->open_access.take_warning();
  if (!warning.empty()) write_log(LogLevel::warning, warning);
}

}  // namespace rollcall::plugin
