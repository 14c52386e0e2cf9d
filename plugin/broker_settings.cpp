// SPDX-License-Identifier: Apache-2.0
#include "plugin/broker_settings.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <system_error>

namespace rollcall::plugin {
namespace {

constexpr std::string_view kBlank = " \t\r";

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

/// Reads mosquitto.conf the way Mosquitto 2.0 does (src/conf.c there), for the few options that matter here.
class ConfigReader {
 public:
  ConfigReader(std::string_view plugin_file, const ConfigurationFiles& files)
      : plugin_file_(plugin_file), files_(files) {}

  Result<void> read_file(const std::string& path, int depth = 0) {
    constexpr int kMaxDepth = 10;
    if (depth > kMaxDepth) return fail("include_dir nested more than 10 deep");
    const auto text = files_.read(path);
    if (!text) return tl::make_unexpected(text.error());
    std::string_view rest = *text;
    while (!rest.empty()) {
      const auto end = rest.find('\n');
      const auto line = rest.substr(0, end);
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
      if (auto done = read_line(line, depth); !done) return done;
    }
    return {};
  }

  BrokerSettings finish() const {
    BrokerSettings settings;
    settings.per_listener = per_listener_;
    if (per_listener_) {
      settings.sections = listeners_;
      // The broker appends the listener that the options before the first `listener` describe behind all
      // others.
      if (has_default_listener_ || default_.our_plugin_lines > 0) settings.sections.push_back(default_);
    } else {
      settings.sections = {default_};
    }
    settings.is_on_all_listeners = is_global_;
    if (is_local_only_ && !per_listener_) settings.sections[0].allow_anonymous = true;
    return settings;
  }

 private:
  Result<void> read_line(std::string_view line, int depth) {
    if (line.starts_with('#')) return {};
    line = trimmed(line);
    const auto name_end = std::min(line.find_first_of(kBlank), line.size());
    const auto name = line.substr(0, name_end);
    const auto value = trimmed(line.substr(name_end));
    auto& section = per_listener_ && is_in_listener_ ? listeners_.back() : default_;
    if (name == "include_dir") {
      const auto paths = files_.list(std::string(value));
      if (!paths) return tl::make_unexpected(paths.error());
      for (const auto& path : *paths) {
        if (auto done = read_file(path, depth + 1); !done) return done;
      }
    } else if (name == "per_listener_settings") {
      per_listener_ = value == "true" || value == "1";
    } else if (name == "listener") {
      is_local_only_ = false;
      is_in_listener_ = true;
      listeners_.emplace_back();
    } else if (name == "port" || name == "bind_address") {
      is_local_only_ = false;
      has_default_listener_ = true;
    } else if (name == "password_file") {
      section.has_password_file = true;
    } else if (name == "acl_file") {
      section.has_acl_file = true;
    } else if (name == "allow_anonymous") {
      section.allow_anonymous = value == "true" || value == "1";
    } else if (name == "global_plugin") {
      is_global_ = is_global_ || file_name(value) == plugin_file_;
      read_plugin(default_, value);
    } else if (name == "plugin_load") {  // of 2.1: a name, a file; used by that name
      const auto space = std::min(value.find_first_of(kBlank), value.size());
      files_by_name_[std::string(value.substr(0, space))] = trimmed(value.substr(space));
    } else if (name == "plugin_use") {
      read_plugin(section, files_by_name_[std::string(value)]);
    } else if (name == "plugin" || name == "auth_plugin") {
      read_plugin(section, value);
    }
    return {};
  }

  void read_plugin(SecuritySettings& section, std::string_view file) {
    const auto name = file_name(file);
    if (name == plugin_file_) {
      ++section.our_plugin_lines;
      section.is_behind_another = section.is_behind_another || section.has_deferring_plugin;
      return;
    }
    section.has_other_plugin = true;
    const bool says_no_itself = name == "mosquitto_password_file.so" || name == "mosquitto_acl_file.so";
    section.has_deferring_plugin = section.has_deferring_plugin || !says_no_itself;
  }

  const std::string_view plugin_file_;
  const ConfigurationFiles& files_;
  SecuritySettings default_;
  std::vector<SecuritySettings> listeners_;
  bool per_listener_ = false, is_in_listener_ = false, is_local_only_ = true, has_default_listener_ = false;
  bool is_global_ = false;
  std::map<std::string, std::string> files_by_name_;
};

}  // namespace

bool BrokerSettings::is_behind_another() const {
  return std::any_of(sections.begin(), sections.end(),
                     [](const auto& section) { return section.is_behind_another; });
}

std::size_t BrokerSettings::unguarded_listeners() const {
  if (!per_listener || is_on_all_listeners) return 0;
  return static_cast<std::size_t>(std::count_if(
      sections.begin(), sections.end(), [](const auto& section) { return section.our_plugin_lines == 0; }));
}

void BrokerSettings::keep_plugins_of(const BrokerSettings& at_start) {
  const bool is_same_shape =
      per_listener == at_start.per_listener && sections.size() == at_start.sections.size();
  for (std::size_t i = 0; i < sections.size(); ++i) {
    sections[i].has_other_plugin =
        !is_same_shape || sections[i].has_other_plugin || at_start.sections[i].has_other_plugin;
    if (is_same_shape) sections[i].our_plugin_lines = at_start.sections[i].our_plugin_lines;
  }
}

bool BrokerSettings::is_repeated(std::size_t instance) const {
  for (const auto& section : sections) {
    if (instance < section.our_plugin_lines) return instance > 0;
    instance -= section.our_plugin_lines;
  }
  return false;
}

Openness BrokerSettings::openness(std::size_t instance) const {
  const SecuritySettings* section = per_listener ? nullptr : &sections.front();
  if (per_listener) {
    for (const auto& listener : sections) {
      if (instance < listener.our_plugin_lines) {
        section = &listener;
        break;
      }
      instance -= listener.our_plugin_lines;
    }
  }
  if (section == nullptr || section->has_other_plugin) return {};
  return {!section->has_password_file && section->allow_anonymous, !section->has_acl_file};
}

Result<BrokerSettings> parse_broker_settings(const std::vector<std::string>& arguments,
                                             std::string_view plugin_file, const ConfigurationFiles& files) {
  std::optional<std::string> config_file;
  for (std::size_t i = 1; i + 1 < arguments.size(); ++i) {
    if (arguments[i] == "-c" || arguments[i] == "--config-file") config_file = arguments[++i];
  }
  if (!config_file) return fail("the broker's command line names no configuration file");
  ConfigReader reader(plugin_file, files);
  if (auto done = reader.read_file(*config_file); !done) return tl::make_unexpected(done.error());
  auto settings = reader.finish();
  const bool names_us = settings.is_on_all_listeners ||
                        std::any_of(settings.sections.begin(), settings.sections.end(),
                                    [](const auto& section) { return section.our_plugin_lines > 0; });
  // It can't be what the broker has read: a pipe, or a file that has been replaced.
  if (!names_us) return fail(*config_file + " doesn't name this plugin");
  return settings;
}

Result<BrokerSettings> learn_broker_settings(std::string_view plugin_file) {
  ConfigurationFiles files;
  files.read = [](const std::string& path) -> Result<std::string> {
    // A pipe has nothing left to read, and may block.
    std::error_code error;
    const bool is_file = path.starts_with("/proc/") || std::filesystem::is_regular_file(path, error);
    if (!is_file) return fail(path + " is not a file");
    std::ifstream file(path, std::ios::binary);
    if (!file) return fail("can't read " + path);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  files.list = [](const std::string& folder) -> Result<std::vector<std::string>> {
    std::error_code error;
    std::vector<std::string> paths;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
      if (entry.path().extension() == ".conf") paths.push_back(entry.path().string());
    }
    if (error) return fail("can't list " + folder + ": " + error.message());
    std::sort(paths.begin(), paths.end());
    return paths;
  };
  const auto command_line = files.read("/proc/self/cmdline");
  if (!command_line) return tl::make_unexpected(command_line.error());
  std::vector<std::string> arguments(1);
  for (const char c : *command_line) {
    if (c == '\0') {
      arguments.emplace_back();
    } else {
      arguments.back() += c;
    }
  }
  return parse_broker_settings(arguments, plugin_file, files);
}

}  // namespace rollcall::plugin
