// SPDX-License-Identifier: Apache-2.0
// The HTTP API without its I/O (docs/http.md): requests in, answers out. It runs on a thread of its own and
// reaches the bridge, which has another one, by a port. Not thread safe: one thread owns it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/histogram.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "bridge/core/api/access.hpp"
#include "bridge/core/api/bridge_thread.hpp"
#include "bridge/core/api/call.hpp"
#include "bridge/core/api/filter_parameters.hpp"
#include "bridge/core/commands/command_feature.hpp"
#include "bridge/core/http/http_message.hpp"
#include "bridge/core/store/history_reader.hpp"
#include "bridge/core/store/stored_device.hpp"

namespace rollcall {

/// What the API needs of the configuration.
struct ApiSettings {
  std::string base_path;  ///< "/rollcall"; empty: none
  AccessSettings access;
  std::size_t max_streams = 100;  ///< of one token, or of all who need none
  std::vector<TemplateDefinition> templates;
  std::vector<std::string> brokers;  ///< by index
  Millis outage_grace{0};
};
/// All but the tokens, which are in files of their own.
ApiSettings api_settings(const Config& config);

/// What the API needs from outside. All must outlive it.
struct ApiPorts {
  BridgeThread& bridge;
  HistoryReader& history;
  std::function<Time()> now;
  std::function<std::string()> random;  ///< unguessable texts of letters and digits
  /// What is stored of one device, for explanations.
  std::function<Result<StoredDevice>(std::string_view device)> read_stored;
  /// Somebody follows the stream: events are wanted from now on.
  std::function<void()> want_events;
  /// Somebody who may do so has changed something, or tried to: one line for the log.
  std::function<void(const std::string& line)> note_change;
  /// Dead deliveries of a notification that is stored are to be tried again. Called on the bridge's thread.
  std::function<Result<void>(const NotificationEntry& entry, Time now)> retry_notification;
  /// The bridge's thread alone touches it. nullptr: nobody asks for commands.
  CommandFeature* commands = nullptr;
};

/// What the calls share.
struct ApiContext {
  ApiPorts ports;
  ApiSettings settings;
  FilterNames names;

  /// Returns empty if there is no such template.
  const TemplateDefinition* find_template(std::string_view name) const;
};

class BridgeCalls;
class CommandCalls;
class DeviceCalls;
class DeviceList;
class EventStreams;
class NotificationCalls;
class TemplateCalls;
class TimelineCalls;

class Api {
 public:
  Api(ApiPorts ports, ApiSettings settings);
  ~Api();
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  /// The configuration was read anew.
  void configure(ApiSettings settings);

  /// Calls `answer` once, now or later, on this thread.
  void handle(HttpRequest request, HttpAnswer answer);

  /// Adds what others answer: metrics, the console.
  void add_route(std::string method, std::string pattern, Need need, Router::Handler handler);

  /// Where events of the bridge are handed in.
  EventStreams& streams() { return *streams_; }

  /// How many requests there were, by route and status.
  struct RouteCount {
    std::string route;
    int status;
    bool operator<(const RouteCount& other) const {
      return std::tie(route, status) < std::tie(other.route, other.status);
    }
  };
  const std::map<RouteCount, std::uint64_t>& request_counts() const { return request_counts_; }
  /// From a request to its answer.
  const DurationHistogram& request_seconds() const { return request_seconds_; }

 private:
  void dispatch(const CallPointer& call);
  HttpResponse preflight(const HttpRequest& request, const Router::Found& found) const;
  void begin_session(const CallPointer& call);
  void note_change(const Call& call, int status) const;

  std::shared_ptr<ApiContext> context_;
  Access access_;
  Router router_;
  std::shared_ptr<DeviceList> device_list_;
  std::shared_ptr<EventStreams> streams_;
  std::shared_ptr<DeviceCalls> device_calls_;
  std::shared_ptr<TimelineCalls> timeline_calls_;
  std::shared_ptr<CommandCalls> command_calls_;
  std::shared_ptr<TemplateCalls> template_calls_;
  std::shared_ptr<BridgeCalls> bridge_calls_;
  std::shared_ptr<NotificationCalls> notification_calls_;
  std::map<RouteCount, std::uint64_t> request_counts_;
  DurationHistogram request_seconds_;
};

}  // namespace rollcall
