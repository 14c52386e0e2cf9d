// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/api/api.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "base/quoting.hpp"
#include "bridge/core/api/bridge_calls.hpp"
#include "bridge/core/api/command_calls.hpp"
#include "bridge/core/api/device_calls.hpp"
#include "bridge/core/api/device_list.hpp"
#include "bridge/core/api/event_streams.hpp"
#include "bridge/core/api/notification_calls.hpp"
#include "bridge/core/api/openapi.hpp"
#include "bridge/core/api/template_calls.hpp"
#include "bridge/core/api/timeline_calls.hpp"
#include "bridge/core/http/problem.hpp"

namespace rollcall {
namespace {

FilterNames names_of(const ApiSettings& settings) {
  FilterNames names;
  names.brokers = settings.brokers;
  for (const auto& definition : settings.templates) {
    names.templates.push_back(definition.name);
    for (const auto& status : definition.statuses) names.statuses.push_back(status.key);
  }
  std::sort(names.statuses.begin(), names.statuses.end());
  names.statuses.erase(std::unique(names.statuses.begin(), names.statuses.end()), names.statuses.end());
  return names;
}

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const auto& each : texts) all += (all.empty() ? "" : ", ") + each;
  return all;
}

}  // namespace

ApiSettings api_settings(const Config& config) {
  ApiSettings settings;
  settings.base_path = config.http.base_path;
  settings.access.hosts = config.http.hosts;
  settings.access.hosts.push_back(config.http.listen.substr(0, config.http.listen.rfind(':')));
  settings.access.cors_origins = config.http.cors_origins;
  settings.max_streams = config.http.max_streams;
  settings.templates = config.templates;
  for (const auto& broker : config.brokers) settings.brokers.push_back(broker.name);
  settings.outage_grace = config.outage_grace;
  return settings;
}

const TemplateDefinition* ApiContext::find_template(std::string_view name) const {
  const auto found = std::find_if(settings.templates.begin(), settings.templates.end(),
                                  [&](const TemplateDefinition& each) { return each.name == name; });
  return found == settings.templates.end() ? nullptr : &*found;
}

Api::Api(ApiPorts ports, ApiSettings settings)
    : context_(std::make_shared<ApiContext>(ApiContext{std::move(ports), std::move(settings), {}})),
      access_(context_->settings.access, context_->ports.random),
      device_list_(std::make_shared<DeviceList>(context_)),
      streams_(std::make_shared<EventStreams>(context_)),
      device_calls_(std::make_shared<DeviceCalls>(context_)),
      timeline_calls_(std::make_shared<TimelineCalls>(context_)),
      command_calls_(std::make_shared<CommandCalls>(context_)),
      template_calls_(std::make_shared<TemplateCalls>(context_)),
      bridge_calls_(std::make_shared<BridgeCalls>(context_)),
      notification_calls_(std::make_shared<NotificationCalls>(context_)) {
  context_->names = names_of(context_->settings);
  device_list_->add_routes(router_);
  device_calls_->add_routes(router_);
  timeline_calls_->add_routes(router_);
  command_calls_->add_routes(router_);
  template_calls_->add_routes(router_);
  bridge_calls_->add_routes(router_);
  notification_calls_->add_routes(router_);
  streams_->add_routes(router_);
  router_.add("POST", "/api/v1/session", Need::nothing,
              [this](const CallPointer& call) { begin_session(call); });
  router_.add("DELETE", "/api/v1/session", Need::nothing, [this](const CallPointer& call) {
    call->answer(access_.end_session(call->request, context_->settings.base_path));
  });
  router_.add("GET", "/api/v1/openapi.json", Need::nothing, [](const CallPointer& call) {
    auto response = json_answer(std::string(openapi_json()));
    response.has_etag = true;
    call->answer(std::move(response));
  });
}

Api::~Api() = default;

void Api::configure(ApiSettings settings) {
  access_.configure(settings.access);
  context_->names = names_of(settings);
  context_->settings = std::move(settings);
}

void Api::add_route(std::string method, std::string pattern, Need need, Router::Handler handler) {
  router_.add(std::move(method), std::move(pattern), need, std::move(handler));
}

void Api::handle(HttpRequest request, HttpAnswer answer) {
  auto call = std::make_shared<Call>();
  call->request = std::move(request);
  call->now = context_->ports.now();
  call->answer = std::move(answer);
  const auto& base = context_->settings.base_path;
  std::string_view target = call->request.target;
  // The base path alone means the console.
  const bool is_base = target == base || (target.starts_with(base) && target.substr(base.size(), 1) == "?");
  const bool is_below = target.starts_with(base) && target.substr(base.size()).starts_with('/');
  // By the Unix socket there is no proxy.
  if (!base.empty() && !is_base && !is_below && !call->request.is_own_user) {
    return call->answer(problem(404, "all paths of this bridge begin with " + in_quotes(base + "/")));
  }
  if (is_base || is_below) target.remove_prefix(base.size());
  auto parsed = parse_target(target.empty() || target.front() != '/' ? "/" + std::string(target) : target);
  if (!parsed) return call->answer(problem(400, parsed.error().message));
  call->target = *std::move(parsed);
  dispatch(call);
}

void Api::dispatch(const CallPointer& call) {
  auto found = router_.find(call->request.method, call->target.segments);
  // The answer passes by here once more on its way.
  call->answer = [this, call = std::weak_ptr<Call>(call), route = found.route,
                  answer = std::move(call->answer)](HttpResponse response) {
    const auto kept = call.lock();
    if (kept) {
      access_.allow_origin(kept->request, response);
      request_seconds_.add(
          std::chrono::duration<double>(std::max(context_->ports.now() - kept->now, Millis{0})).count());
    }
    ++request_counts_[{route == nullptr ? "none" : route->pattern, response.status}];
    // Who may not write may not fill the log either.
    if (kept && kept->is_admitted && route->need == Need::writing) note_change(*kept, response.status);
    answer(std::move(response));
  };
  if (found.methods.empty()) {
    return call->answer(problem(404, "there is nothing at " + in_quotes(call->target.path)));
  }
  if (call->request.method == "OPTIONS") return call->answer(preflight(call->request, found));
  if (found.route == nullptr) {
    auto response = problem(
        405, in_quotes(call->request.method) + " isn't among what this takes: " + joined(found.methods));
    response.headers.emplace_back("Allow", joined(found.methods));
    return call->answer(std::move(response));
  }
  auto admitted = access_.admit(call->request, found.route->need, call->now);
  if (auto* const refused = std::get_if<HttpResponse>(&admitted)) return call->answer(std::move(*refused));
  call->client = std::get<Client>(std::move(admitted));
  call->is_admitted = true;
  call->parameters = std::move(found.parameters);
  found.route->handler(call);
}

void Api::note_change(const Call& call, int status) const {
  context_->ports.note_change(
      fmt::format("HTTP: {} {} from {}: {}", call.request.method, escape_unprintable(call.target.path),
                  call.request.is_own_user ? "this machine" : call.request.peer, status));
}

/// What a browser asks before a page of another origin may call.
HttpResponse Api::preflight(const HttpRequest& request, const Router::Found& found) const {
  HttpResponse response;
  response.status = 204;
  response.headers.emplace_back("Allow", joined(found.methods));
  if (!request.header("access-control-request-method").empty()) {
    response.headers.emplace_back("Access-Control-Allow-Methods", joined(found.methods));
    response.headers.emplace_back("Access-Control-Allow-Headers",
                                  "Authorization, Content-Type, Last-Event-ID");
    response.headers.emplace_back("Access-Control-Max-Age", "600");
  }
  return response;
}

void Api::begin_session(const CallPointer& call) {
  JsonBody body(call->request, {"token"});
  body.need("token");
  const auto token = body.text("token").value_or("");
  if (!body.is_good()) return call->answer(body.problem());
  // A page of another origin could give a browser a session that its user knows nothing of.
  if (!access_.is_own_page(call->request))
    return call->answer(problem(403, "a session begins from the console's own pages"));
  call->answer(access_.begin_session(call->request, token, context_->settings.base_path, call->now));
}

}  // namespace rollcall
