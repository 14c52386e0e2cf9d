// SPDX-License-Identifier: Apache-2.0
// rollcall.json from any bytes: either one line that names the file and a place in it, or a configuration in
// which what the engine relies on holds, and which is the same when it is read again.
#include <algorithm>
#include <charconv>

#include "bridge/core/config/config_parser.hpp"
#include "tests/fuzz/oracle.hpp"
#include "topics/identity/device_rules.hpp"

using namespace rollcall;
using fuzz::require;

namespace {

const std::string kFile = "folder/rollcall.json";
constexpr Millis kLongest = std::chrono::hours{24} * 3653;  // 10 years

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

/// The line that an error names.
std::size_t line_of(const std::string& message) {
  constexpr std::size_t kMaxBytes = 4000;
  require(message.starts_with(kFile + ":"), "an error names the file", message);
  require(std::none_of(message.begin(), message.end(), is_control), "an error is one line", message);
  require(message.size() < kMaxBytes, "an error is short", message);
  std::size_t line = 0;
  const char* const begin = message.data() + kFile.size() + 1;
  const auto [end, error] = std::from_chars(begin, message.data() + message.size(), line);
  require(error == std::errc() && *end == ':' && line > 0, "an error names a line", message);
  return line;
}

void check_wait(Millis wait) {
  require(wait >= Millis{0} && wait <= kLongest, "a wait is from 0 to 10 years");
}

void check_template(const TemplateDefinition& definition) {
  const auto& statuses = definition.statuses;
  require(!definition.name.empty() && statuses.size() >= 2 && statuses[0].key == "online",
          "a template begins with online", definition.name);
  require(statuses[0].interaction.allows_all(), "online allows everything", definition.name);
  require(
      std::any_of(statuses.begin(), statuses.end(), [](const auto& each) { return each.key == "offline"; }),
      "a template has offline", definition.name);
  for (const auto& status : statuses) {
    require(!status.key.empty() &&
                status.key.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == std::string::npos,
            "a status has a plain key", status.key);
    const auto is_same = [&](const auto& each) { return each.key == status.key; };
    require(std::count_if(statuses.begin(), statuses.end(), is_same) == 1, "no status is there twice",
            status.key);
    check_wait(status.after);
  }
  for (const auto& branch : {definition.on_graceful, definition.on_non_graceful}) {
    require(branch.status > 0 && branch.status < statuses.size(), "a branch leads to a later status");
    check_wait(branch.after);
  }
  require(!definition.on_late || *definition.on_late < statuses.size(), "on_late is a status");
}

void check(const Config& config) {
  require(config.find_template("default") != nullptr, "the template `default` is always there");
  for (const auto& each : config.templates) check_template(each);
  require(!config.brokers.empty(), "there is a broker");
  for (const auto& broker : config.brokers) {
    require(!broker.name.empty() && !broker.host.empty() && broker.port != 0, "a broker can be reached");
  }
  require(config.status_qos >= 0 && config.status_qos <= 2, "a QoS is 0, 1 or 2");
  require(checked_prefix(config.topic_prefix).has_value(), "the prefix is one", config.topic_prefix);
  for (const auto& rule : config.devices.all()) {
    require(!rule.template_name || config.find_template(*rule.template_name) != nullptr,
            "a rule's template is defined");
  }
  for (const auto* const client_id : {"", "sensor-7", "pump:7", "\xC3\xA9/#"}) {
    const auto identity = identify(config, {client_id, "device", "10.1.2.3"});
    require(!identity || config.find_template(identity->template_name) != nullptr,
            "a device has a template that is defined", client_id);
  }
}

bool is_alike(const Config& a, const Config& b) {
  return a.templates.size() == b.templates.size() && a.devices.size() == b.devices.size() &&
         a.brokers.size() == b.brokers.size() && a.not_yet_used == b.not_yet_used &&
         a.topic_prefix == b.topic_prefix && a.reporters == b.reporters &&
         std::equal(a.templates.begin(), a.templates.end(), b.templates.begin(),
                    [](const auto& one, const auto& other) {
                      return one.name == other.name && one.statuses.size() == other.statuses.size() &&
                             one.on_graceful.after == other.on_graceful.after;
                    });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(fuzz::view_of(data, size));
  const auto config = parse_config(text, kFile);
  // A comment line in front changes nothing but the place of what is wrong.
  const auto further_down = parse_config("// a comment\n" + text, kFile);
  const bool begins_with_mark = text.starts_with("\xEF");
  require(config.has_value() == further_down.has_value() || begins_with_mark, "a comment changes nothing");
  if (!config) {
    const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
    const auto line = line_of(config.error().message);
    require(line <= lines, "the line is there", config.error().message);
    if (!further_down && !begins_with_mark) {
      require(line_of(further_down.error().message) == line + 1, "the line counts from the beginning",
              further_down.error().message);
    }
    return 0;
  }
  check(*config);
  require(begins_with_mark || is_alike(*config, *further_down), "read again it is the same");
  return 0;
}
