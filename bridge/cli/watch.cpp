// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "bridge/cli/asking.hpp"
#include "bridge/cli/list_pages.hpp"
#include "bridge/cli/stream_follower.hpp"
#include "bridge/cli/subcommands.hpp"
#include "bridge/cli/terminal_screen.hpp"
#include "bridge/cli/text/history_text.hpp"
#include "bridge/cli/text/watched_devices.hpp"

namespace rollcall::cli {
namespace {

DeviceSort sort_of(const std::string& name) {
  if (name == "-since") return DeviceSort::latest_since;
  return name == "-last_seen" ? DeviceSort::latest_last_seen : DeviceSort::by_device;
}

/// A line for each change, for a pipe.
class PlainWatch {
 public:
  PlainWatch(const WatchOptions& options, Caller& caller) : options_(options), caller_(caller) {}

  int run() {
    Following following;
    following.path = std::string("/api/v1/stream?events=") + (options_.json ? "status" : "row");
    if (const auto query = filter_query(options_.filter); !query.empty()) {
      following.path += "&" + query;
    } else {
      following.path +=
          ",gone";  // of a device that is forgotten nothing tells whether a filter lets it through
    }
    following.resumes = true;
    following.on_open = [this] {
      if (std::exchange(is_away_, false)) caller_.note("the bridge is back");
      return true;
    };
    following.on_event = [this](const ServerEvent& event) {
      print(event);
      return static_cast<bool>(caller_.console().out);
    };
    following.on_away = [this](const std::string& why) {
      if (!std::exchange(is_away_, true))
        caller_.note(fmt::format("the bridge is away; trying again ({})", why));
    };
    const auto failure = follow_stream(caller_, following);
    return failure ? caller_.give_up(*failure) : kOk;
  }

 private:
  void print(const ServerEvent& event) {
    auto& out = caller_.console().out;
    const auto data = parse_json(event.data);
    if (event.event == "reset") return caller_.note("changes may have been missed meanwhile");
    if (!data) return;
    if (options_.json) {
      out << json_line({{"event", event.event}, {"data", *data}}) << '\n';
    } else if (event.event == "gone") {
      out << fmt::format("{} {} forgotten -\n", format_rfc3339(caller_.console().now()),
                         printable(text_of(*data, "device")));
    } else if (const auto line = change_line(*data); !line.empty()) {
      out << line << '\n';
    }
    out.flush();
  }

  const WatchOptions& options_;
  Caller& caller_;
  bool is_away_ = false;
};

/// A table that fills the window.
class ScreenWatch {
 public:
  ScreenWatch(const WatchOptions& options, Caller& caller)
      : options_(options), caller_(caller), devices_(options.filter, sort_of(options.sort)) {}

  int run() {
    Following following;
    following.path = "/api/v1/stream?events=status,gone";
    following.on_open = [this] { return load(); };
    following.on_event = [this](const ServerEvent& event) {
      const auto data = parse_json(event.data);
      if (data && !devices_.apply(event.event, *data)) needs_list_ = true;
      is_stale_ = true;
      return refresh();
    };
    following.on_pause = [this] { return refresh(); };
    following.on_away = [this](const std::string& why) {
      away_ = why;
      draw();
    };
    // Until the first list is there, errors are printed as usual.
    const auto failure = follow_stream(caller_, following);
    screen_.reset();
    if (list_failure_) return caller_.give_up(*list_failure_);
    return failure ? caller_.give_up(*failure) : kOk;
  }

 private:
  using Steady = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds kBetweenDrawings{250};
  static constexpr std::chrono::seconds kBetweenLists{1};
  static constexpr std::chrono::seconds kClockTick{1};

  bool load() {
    std::vector<Json> statuses;
    const auto total = for_each_device(caller_, options_.filter, "", SIZE_MAX,
                                       [&](const Json& status) { statuses.push_back(status); });
    if (!total) {
      if (screen_ && total.error().exit_code != kUsage) return true;  // the stream will end, too
      list_failure_ = total.error();
      return false;
    }
    devices_.replace(statuses);
    away_.reset();
    needs_list_ = false;
    listed_at_ = Steady::now();
    if (!screen_) screen_.emplace(caller_.console());
    draw();
    return true;
  }

  bool refresh() {
    if (!screen_) return true;
    while (const auto key = screen_->take_key()) {
      if (*key == 'q' || *key == 'Q') return false;
    }
    const auto now = Steady::now();
    if (needs_list_ && !away_ && now - listed_at_ >= kBetweenLists && !load()) return false;
    const bool is_due = now - drawn_at_ >= (is_stale_ ? Steady::duration(kBetweenDrawings) : kClockTick);
    if (screen_->take_change() || is_due) draw();
    return true;
  }

  void draw() {
    if (!screen_) return;
    const auto size = screen_->size();
    screen_->draw(devices_.lines({size.columns, size.rows, away_}, caller_.console().now()));
    drawn_at_ = Steady::now();
    is_stale_ = false;
  }

  const WatchOptions& options_;
  Caller& caller_;
  WatchedDevices devices_;
  std::optional<TerminalScreen> screen_;
  std::optional<std::string> away_;
  std::optional<Failure> list_failure_;
  bool needs_list_ = false, is_stale_ = false;
  Steady::time_point drawn_at_, listed_at_;
};

}  // namespace

int run_watch(const WatchOptions& options, Caller& caller) {
  const auto& console = caller.console();
  if (console.is_terminal_out && console.is_terminal_in && !options.json)
    return ScreenWatch(options, caller).run();
  return PlainWatch(options, caller).run();
}

}  // namespace rollcall::cli
