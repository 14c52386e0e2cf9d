// SPDX-License-Identifier: Apache-2.0
// mosquitto.conf and a file that it includes, of any bytes, as each version reads them: they are read or
// refused, comments change nothing, another plugin and `allow_anonymous false` at the end never open
// anything, and a SIGHUP with the same files opens nothing that the start hadn't.
#include "plugin/mosquitto_conf.hpp"

#include <map>

#include "tests/fuzz/oracle.hpp"

using namespace rollcall;
using namespace rollcall::plugin;
using fuzz::require;

namespace {

constexpr std::size_t kInstances = 6;

ConfigurationFiles files_of(const std::string& main, const std::string& included) {
  return {[&](const std::string& path) -> Result<std::string> {
            if (path == "m.conf") return main;
            if (path == "conf.d/a.conf") return included;
            return fail("can't read " + path);
          },
          [](const std::string& folder) -> Result<std::vector<std::string>> {
            if (folder != "conf.d") return fail("can't list " + folder);
            return std::vector<std::string>{"conf.d/a.conf"};
          },
          [](std::string_view path) { return path.ends_with("mosquitto_rollcall.so"); }};
}

Result<MosquittoConf> read(const std::string& main, const std::string& included, BrokerVersion version) {
  return MosquittoConf::read({"mosquitto", "-c", "m.conf"}, version, files_of(main, included));
}

void require_no_more_open(const MosquittoConf& before, const MosquittoConf& after, std::string_view why) {
  for (std::size_t i = 0; i < kInstances; ++i) {
    const auto [had_logins, had_access] = before.fallbacks(i);
    const auto [has_logins, has_access] = after.fallbacks(i);
    require((had_logins || !has_logins) && (had_access || !has_access), "it opens nothing", why);
  }
}

void try_version(const std::string& main, const std::string& included, BrokerVersion version) {
  const auto conf = read(main, included, version);
  const auto commented = read("# a comment\n\n" + main + "\n# another", included, version);
  require(conf.has_value() == commented.has_value(), "comments change nothing");
  if (!conf) {
    require(!conf.error().message.empty(), "an error says what is wrong");
    return;
  }
  require(conf->instances() > 0, "what is read names the plugin");
  require(!conf->is_repeated(0), "the first one repeats nothing");
  require(conf->unguarded_listeners() == commented->unguarded_listeners(), "comments change nothing");
  require_no_more_open(*conf, *commented, "a comment");
  require_no_more_open(*commented, *conf, "a comment");
  if (const auto after = read(main + "\nallow_anonymous false\n", included, version);
      after && !version.is_v21)
    require_no_more_open(*conf, *after, "allow_anonymous false");
  const auto same = files_of(main, included);
  auto reloaded = *conf;
  for (int i = 0; i < 3; ++i) reloaded.reload(same);
  require(reloaded.instances() == conf->instances(), "plugins stay");
  require(reloaded.unguarded_listeners() == conf->unguarded_listeners(), "listeners stay");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  const auto included = input.ConsumeRandomLengthString();
  const auto main = input.ConsumeRemainingBytesAsString();
  for (const auto version :
       {BrokerVersion{false, 11}, BrokerVersion{false, 21}, BrokerVersion{false, 0}, BrokerVersion{true, 0}})
    try_version(main, included, version);
  return 0;
}
