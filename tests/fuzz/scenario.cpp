// SPDX-License-Identifier: Apache-2.0
// `rollcall simulate` with any scenario and several templates: it ends, says each transition or the one
// mistake in one line, and says the same as text and as JSON. The first byte chooses the template.
#include <algorithm>
#include <array>
#include <charconv>
#include <sstream>
#include <vector>

#include <nlohmann/json.hpp>
#include <sys/mman.h>
#include <unistd.h>

#include "base/utf8.hpp"
#include "bridge/cli/subcommands.hpp"
#include "bridge/core/simulate/scenario_time.hpp"
#include "tests/fuzz/oracle.hpp"
#include "topics/names.hpp"

using namespace rollcall;
using fuzz::require;

namespace {

constexpr std::size_t kMaxStatuses = 5;

/// Each is the template `default` of a configuration of its own, so that little has to be read each time.
constexpr std::array<std::string_view, 5> kTemplates{
    R"("statuses": [{"status": "online"}, {"status": "offline", "after": "1m"}, {"status": "inactive", "after": "30d"}])",
    R"("statuses": [{"status": "online"}, {"status": "standby", "after": "0s"}, {"status": "offline", "after": "0s"},
                    {"status": "inactive", "after": "1s"}])",
    R"("statuses": [{"status": "online"}, {"status": "offline", "after": "520w"}, {"status": "inactive", "after": "520w"}])",
    R"("online_on_report": false, "graceful_causes": ["kicked", "keepalive_timeout"],
       "on_graceful": {"status": "no_data", "after": "1s"}, "on_non_graceful": {"status": "offline", "after": "2m"},
       "statuses": [{"status": "online"}, {"status": "standby", "after": "5m"}, {"status": "no_data", "after": "24h"},
                    {"status": "offline", "after": "1h"}, {"status": "inactive", "after": "90d"}])",
    R"("statuses": [{"status": "online"}, {"status": "standby", "after": "5m"}, {"status": "offline", "after": "24h"},
                    {"status": "inactive", "after": "90d"}])"};

/// simulate reads its configuration from a file; these are in memory.
std::vector<std::string> config_files() {
  std::vector<std::string> files;
  for (const auto each : kTemplates) {
    const auto text = R"({"templates": {"default": {)" + std::string(each) + "}}}";
    const int file = memfd_create("rollcall.json", 0);
    require(file >= 0 && write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()),
            "the configuration can be written");
    files.push_back("/proc/self/fd/" + std::to_string(file));
  }
  return files;
}

struct Played {
  int exit_code;
  std::string out, err;
};

Played play(const std::string& text, std::size_t template_index, bool json) {
  static const auto files = config_files();
  std::istringstream in(text);
  std::ostringstream out;
  std::ostringstream err;
  const int code = cli::run_simulate({files[template_index], "default", "-", json}, in, out, err);
  return {code, out.str(), err.str()};
}

std::vector<std::string> lines_of(const std::string& text) {
  require(text.empty() || text.back() == '\n', "the last line ends", text);
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

void check_mistake(const Played& played, const std::string& text, std::size_t scenario_lines) {
  constexpr std::string_view kStart = "rollcall simulate: <stdin>:";
  require(played.exit_code == cli::kUsage, "a mistake ends with 64", played.err);
  require(played.out.empty(), "a scenario with a mistake prints nothing", played.out);
  require(played.err.starts_with(kStart) && lines_of(played.err).size() == 1, "a mistake is one line",
          played.err);
  require(is_valid_utf8(played.err) || !is_valid_utf8(text), "what is shown isn't cut in a character",
          played.err);
  std::size_t line = 0;
  const char* const begin = played.err.data() + kStart.size();
  const auto [end, error] = std::from_chars(begin, played.err.data() + played.err.size(), line);
  require(error == std::errc() && *end == ':', "a mistake names its line", played.err);
  require(line >= 1 && line <= std::max<std::size_t>(scenario_lines, 1), "the line is there", played.err);
}

void check_transitions(const Played& text, const Played& json) {
  const auto lines = lines_of(text.out);
  const auto objects = lines_of(json.out);
  require(lines.size() == objects.size(), "as JSON it is as many lines", json.out);
  std::string before;
  Millis at_before = Millis::min();
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto object = nlohmann::json::parse(objects[i]);
    const auto at = object.at("at").get<std::string>();
    const auto status = object.at("status").get<std::string>();
    require(object.size() == 3 && lines[i] == at + " " + status + " " + object.at("cause").get<std::string>(),
            "text and JSON say the same", lines[i]);
    require(status != before && (!before.empty() || status == "online"), "each line is a change", text.out);
    before = status;
    if (at.starts_with('+')) {
      // Counted from the beginning, it may be more than the 10 years that one step of a scenario may have.
      require(at.size() > 2 && at.find_first_not_of("0123456789.wdhms", 1) == std::string::npos,
              "a time since the beginning is a duration", at);
      continue;
    }
    const auto time = parse_scenario_time(at);
    require(time.has_value(), "the time is one that a scenario may have", at);
    if (time->form == TimeForm::date) {
      require(time->value >= at_before, "time goes on", text.out);
      at_before = time->value;
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t template_index = data[0] % kTemplates.size();
  const std::string text(fuzz::view_of(data + 1, size - 1));
  const auto scenario_lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
  const auto played = play(text, template_index, false);
  const auto as_json = play(text, template_index, true);
  require(played.exit_code == as_json.exit_code && played.err == as_json.err, "--json changes no verdict",
          as_json.err);
  if (played.exit_code != cli::kOk) {
    check_mistake(played, text, scenario_lines);
    return 0;
  }
  require(played.err.empty(), "what went well says nothing", played.err);
  require(lines_of(played.out).size() <= scenario_lines * kMaxStatuses,
          "a line leads through each status once");
  check_transitions(played, as_json);
  return 0;
}
