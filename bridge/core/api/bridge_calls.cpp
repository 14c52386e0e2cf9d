// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/api/bridge_calls.hpp"

#include <array>
#include <optional>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "bridge/core/http/problem.hpp"
#include "topics/payloads.hpp"

namespace rollcall {
namespace {

using nlohmann::ordered_json;

std::string_view to_string(PluginState state) {
  constexpr std::array<std::string_view, 4> kNames{"answers", "silent", "other_version", "serves_another"};
  return kNames[static_cast<std::size_t>(state)];
}

ordered_json broker_json(const Bridge& bridge, std::uint32_t index) {
  const auto& config = bridge.config().brokers[index];
  const auto view = bridge.broker(index);
  const bool answers = view.plugin == PluginState::answers;
  return {{"broker", config.name},
          {"uri", config.uri},
          {"connected", view.is_up},
          {"synced", view.is_synced},
          {"plugin", view.plugin ? ordered_json(to_string(*view.plugin)) : ordered_json()},
          {"plugin_version", answers ? ordered_json(view.plugin_detail) : ordered_json()},
          {"error", view.plugin && !answers && !view.plugin_detail.empty() ? ordered_json(view.plugin_detail)
                                                                           : ordered_json()}};
}

ordered_json store_json(const Bridge& bridge, const BridgeStatus& status) {
  const auto& error = bridge.store_error();
  return {{"path", bridge.config().store_path},
          {"error", error ? ordered_json(*error) : ordered_json()},
          {"unstored", bridge.backlog().unstored},
          {"lost_rows", status.store ? status.store->lost_rows : 0}};
}

std::string bridge_json(const Bridge& bridge) {
  const BridgeStatus status = bridge.status(true);
  auto brokers = ordered_json::array();
  for (std::uint32_t index = 0; index < bridge.config().brokers.size(); ++index)
    brokers.push_back(broker_json(bridge, index));
  auto warnings = ordered_json::array();
  for (const auto& each : status.warnings)
    warnings.push_back({{"broker", each.broker}, {"message", each.message}});
  auto too_large = ordered_json::array();
  for (const auto& each : status.too_large) {
    too_large.push_back({{"broker", each.broker},
                         {"setting", each.setting},
                         {"needs", each.needs},
                         {"statuses", each.statuses},
                         {"rows", each.rows}});
  }
  const auto why = bridge.why_not_ready();
  const auto fleet = bridge.engine().fleet();
  return ordered_json{{"online", true},
                      {"version", status.version},
                      {"since", format_rfc3339(status.since)},
                      {"ready", !why},
                      {"why_not_ready", why ? ordered_json(*why) : ordered_json()},
                      {"brokers", std::move(brokers)},
                      {"backlog", bridge.backlog().publications},
                      {"store", store_json(bridge, status)},
                      {"devices", fleet.devices},
                      {"connected", fleet.connected},
                      {"flapping", fleet.flapping},
                      {"refused_newcomers", status.refused_newcomers},
                      {"warnings", std::move(warnings)},
                      {"too_large", std::move(too_large)}}
      .dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace

void BridgeCalls::add_routes(Router& router) {
  router.add("GET", "/api/v1/fleet", Need::reading, [this](const CallPointer& call) { fleet(call); });
  router.add("GET", "/api/v1/bridge", Need::reading, [this](const CallPointer& call) { bridge(call); });
  router.add("GET", "/healthz", Need::nothing, [](const CallPointer& call) {
    HttpResponse response;
    response.content_type = "text/plain; charset=utf-8";
    response.body = "ok\n";
    call->answer(std::move(response));
  });
  router.add("GET", "/readyz", Need::nothing, [this](const CallPointer& call) { ready(call); });
}

void BridgeCalls::fleet(const CallPointer& call) {
  auto body = std::make_shared<std::string>();
  context_->ports.bridge.read(
      [body](const Bridge& bridge, Time /*now*/) {
        *body = to_json(bridge.engine().fleet());
        return true;
      },
      [call, body] {
        auto response = json_answer(std::move(*body));
        response.has_etag = true;
        call->answer(std::move(response));
      });
}

void BridgeCalls::bridge(const CallPointer& call) {
  auto body = std::make_shared<std::string>();
  context_->ports.bridge.read(
      [body](const Bridge& bridge, Time /*now*/) {
        *body = bridge_json(bridge);
        return true;
      },
      [call, body] { call->answer(json_answer(std::move(*body))); });
}

void BridgeCalls::ready(const CallPointer& call) {
  auto why = std::make_shared<std::optional<std::string>>();
  context_->ports.bridge.read(
      [why](const Bridge& bridge, Time /*now*/) {
        *why = bridge.why_not_ready();
        return true;
      },
      [call, why] {
        if (*why) return call->answer(problem(503, **why));
        HttpResponse response;
        response.content_type = "text/plain; charset=utf-8";
        response.body = "ready\n";
        call->answer(std::move(response));
      });
}

}  // namespace rollcall
