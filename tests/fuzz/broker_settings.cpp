// SPDX-License-Identifier: Apache-2.0
// mosquitto.conf and a file that it includes, of any bytes: it is read or refused, comments change nothing,
// and whatever is added that decides on logins or access never opens anything.
#include "plugin/broker_settings.hpp"

#include <map>

#include "tests/fuzz/oracle.hpp"

using namespace rollcall;
using namespace rollcall::plugin;
using fuzz::require;

namespace {

constexpr std::size_t kInstances = 6;

Result<BrokerSettings> parse(const std::string& main, const std::string& included) {
  const ConfigurationFiles files{[&](const std::string& path) -> Result<std::string> {
                                   if (path == "m.conf") return main;
                                   if (path == "conf.d/a.conf") return included;
                                   return fail("can't read " + path);
                                 },
                                 [](const std::string& folder) -> Result<std::vector<std::string>> {
                                   if (folder != "conf.d") return fail("can't list " + folder);
                                   return std::vector<std::string>{"conf.d/a.conf"};
                                 }};
  return parse_broker_settings({"mosquitto", "-c", "m.conf"}, "mosquitto_rollcall.so", files);
}

void require_no_more_open(const Result<BrokerSettings>& before, const Result<BrokerSettings>& after,
                          std::string_view added) {
  require(after.has_value(), "the line that was added can be read", added);
  for (std::size_t i = 0; i < kInstances; ++i) {
    const auto [had_logins, had_access] = before->openness(i);
    const auto [has_logins, has_access] = after->openness(i);
    require((had_logins || !has_logins) && (had_access || !has_access), "what decides never opens", added);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  const auto included = input.ConsumeRandomLengthString();
  const auto main = input.ConsumeRemainingBytesAsString();
  const auto settings = parse(main, included);
  const auto commented = parse("# a comment\n\n" + main + "\n# another", included);
  require(settings.has_value() == commented.has_value(), "comments change nothing");
  if (!settings) {
    require(!settings.error().message.empty(), "an error says what is wrong");
    return 0;
  }
  require(settings->per_listener || settings->sections.size() == 1,
          "without per_listener_settings there is one");
  require(settings->unguarded_listeners() <= settings->sections.size(),
          "no more are unguarded than there are");
  for (std::size_t i = 0; i < kInstances; ++i) {
    const auto one = settings->openness(i);
    const auto other = commented->openness(i);
    require(one.logins == other.logins && one.access == other.access, "comments change nothing");
  }
  for (const std::string added : {"password_file p", "acl_file a", "plugin /x/mosquitto_dynamic_security.so",
                                  "auth_plugin /x/auth.so", "allow_anonymous false"}) {
    const bool is_local_only = added == "allow_anonymous false";  // doesn't count there, and may not close
    const auto after = parse(main + "\n" + added + "\n", included);
    if (!is_local_only || after) require_no_more_open(settings, after, added);
  }
  auto reloaded = *settings;
  reloaded.keep_plugins_of(*settings);
  require_no_more_open(settings, reloaded, "a reload");
  return 0;
}
