// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/api/device_calls.hpp"

#include <utility>

#include <fmt/format.h>

#include "base/quoting.hpp"
#include "bridge/core/api/device_json.hpp"
#include "bridge/core/explain/explanation.hpp"
#include "bridge/core/query/uptime.hpp"
#include "topics/names.hpp"
#include "topics/payloads.hpp"

namespace rollcall {
namespace {

HttpResponse no_such_device(const std::string& device) {
  return problem(404, "no device is known as " + in_quotes(device));
}

void add_warning(HttpResponse& response, const std::string& warning) {
  if (!warning.empty()) response.headers.emplace_back("Rollcall-Warning", escape_unprintable(warning));
}

/// Reads once for the longest of the three.
Result<Availability> availability_of(HistoryReader& history, const std::string& device,
                                     const TemplateDefinition& definition, Time now) {
  constexpr Millis kDay = std::chrono::hours{24};
  const auto rows = history.transitions(device, now - 30 * kDay, now);
  if (!rows) return tl::make_unexpected(rows.error());
  const auto of_last = [&](Millis time) {
    return uptime_of(*rows, now - time, now, time, now,
                     [&](std::string_view status) { return definition.counts_as(status); })
        .availability;
  };
  return Availability{of_last(kDay), of_last(7 * kDay), of_last(30 * kDay)};
}

}  // namespace

void DeviceCalls::add_routes(Router& router) {
  const std::string device = "/api/v1/devices/{device}";
  router.add("POST", "/api/v1/devices", Need::writing,
             [this](const CallPointer& call) { register_device(call); });
  router.add("GET", device, Need::reading, [this](const CallPointer& call) { get(call, 200, ""); });
  router.add("DELETE", device, Need::writing, [this](const CallPointer& call) { forget(call); });
  router.add("GET", device + "/connected", Need::reading,
             [this](const CallPointer& call) { connected(call); });
  router.add("GET", device + "/explain", Need::reading, [this](const CallPointer& call) { explain(call); });
  router.add("PUT", device + "/status", Need::writing, [this](const CallPointer& call) { set_status(call); });
  router.add("DELETE", device + "/status", Need::writing, [this](const CallPointer& call) {
    change(call,
           [call](Bridge& bridge, Time now) { return bridge.command(ReleaseStatus{call->device()}, now); });
  });
  router.add("POST", device + "/report", Need::writing, [this](const CallPointer& call) {
    change(call, [call](Bridge& bridge, Time now) { return bridge.report(call->device(), now); });
  });
  router.add("POST", device + "/mute", Need::writing, [this](const CallPointer& call) { mute(call); });
  router.add("DELETE", device + "/mute", Need::writing, [this](const CallPointer& call) {
    change(call,
           [call](Bridge& bridge, Time now) { return bridge.command(UnmuteDevice{call->device()}, now); });
  });
}

void DeviceCalls::get(const CallPointer& call, int status, const std::string& warning) {
  auto details = std::make_shared<std::optional<DeviceDetails>>();
  context_->ports.bridge.read(
      [call, details](const Bridge& bridge, Time /*now*/) {
        auto record = bridge.engine().record_of(call->device());
        if (!record) return true;
        auto& device = details->emplace();
        device.payload = to_json(*bridge.engine().status_of(call->device()));
        device.rule = rule_of(*record, bridge.config());
        device.record = *std::move(record);
        return true;
      },
      [self = shared_from_this(), call, details, status, warning] {
        if (!*details) return call->answer(no_such_device(call->device()));
        auto& device = **details;
        const auto* const definition = self->context_->find_template(device.record.template_name);
        auto& history = self->context_->ports.history;
        const auto now = self->context_->ports.now();
        // What can't be read of the past isn't worth to go without the present.
        device.facts = history.facts(call->device(), now).value_or(DeviceFacts{});
        if (definition != nullptr) {
          device.availability =
              availability_of(history, call->device(), *definition, now).value_or(Availability{});
        }
        auto response = json_answer(to_json(device, now), status);
        response.has_etag = status == 200;
        add_warning(response, warning);
        call->answer(std::move(response));
      });
}

void DeviceCalls::connected(const CallPointer& call) {
  auto found = std::make_shared<std::optional<bool>>();
  context_->ports.bridge.read(
      [call, found](const Bridge& bridge, Time /*now*/) {
        if (const auto status = bridge.engine().status_of(call->device())) *found = status->connected;
        return true;
      },
      [call, found] {
        if (!*found) return call->answer(no_such_device(call->device()));
        HttpResponse response;
        response.content_type = "text/plain; charset=utf-8";
        response.body = **found ? "true" : "false";
        call->answer(std::move(response));
      });
}

/// The store has the rows; the bridge has what isn't stored yet, and the configuration.
void DeviceCalls::explain(const CallPointer& call) {
  auto stored = context_->ports.read_stored(call->device());
  if (!stored) return call->answer(problem(503, stored.error().message));
  auto input = std::make_shared<StoredDevice>(*std::move(stored));
  auto output = std::make_shared<std::string>();
  context_->ports.bridge.read(
      [call, input, output](const Bridge& bridge, Time now) {
        if (auto record = bridge.engine().record_of(call->device())) input->record = std::move(record);
        if (input->record || !input->rows.empty())
          *output = to_json(rollcall::explain(call->device(), std::move(*input), bridge.config(), now));
        return true;
      },
      [call, output] {
        call->answer(output->empty() ? no_such_device(call->device()) : json_answer(std::move(*output)));
      });
}

void DeviceCalls::change(const CallPointer& call, Act act, std::function<void(const std::string&)> done) {
  auto status = std::make_shared<int>(422);
  context_->ports.bridge.change(
      [call, act = std::move(act), status](Bridge& bridge, Time now) -> Result<std::uint64_t> {
        if (bridge.why_no_commands()) *status = 503;
        auto result = act(bridge, now);
        if (!result && *status == 422 && !bridge.engine().knows(call->device())) *status = 404;
        return result;
      },
      [call, done = std::move(done), status](const Result<std::string>& result) {
        result ? done(*result) : call->answer(problem(*status, result.error().message));
      });
}

void DeviceCalls::change(const CallPointer& call, Act act) {
  change(call, std::move(act),
         [self = shared_from_this(), call](const std::string& warning) { self->get(call, 200, warning); });
}

void DeviceCalls::set_status(const CallPointer& call) {
  JsonBody body(call->request, {"status", "for", "hold"});
  body.need("status");
  const auto status = body.text("status").value_or("");
  const auto wait = body.duration("for");
  const bool hold = body.boolean("hold").value_or(false);
  if (!body.is_good()) return call->answer(body.problem());
  auto is_unknown = std::make_shared<std::string>();
  context_->ports.bridge.change(
      [call, status, wait, hold, is_unknown](Bridge& bridge, Time now) {
        auto result = bridge.command(SetStatus{call->device(), status, wait, hold}, now);
        if (!result) {
          *is_unknown = bridge.why_no_commands()                 ? "starting"
                        : !bridge.engine().knows(call->device()) ? "device"
                                                                 : "status";
        }
        return result;
      },
      [self = shared_from_this(), call, is_unknown](const Result<std::string>& result) {
        if (result) return self->get(call, 200, *result);
        const auto& why = result.error().message;
        if (*is_unknown == "status") return call->answer(problem(422, why, {{"/status", why}}));
        call->answer(problem(*is_unknown == "device" ? 404 : 503, why));
      });
}

void DeviceCalls::mute(const CallPointer& call) {
  JsonBody body(call->request, {"for"});
  const auto wait = body.duration("for");
  if (!body.is_good()) return call->answer(body.problem());
  change(call, [call, wait](Bridge& bridge, Time now) {
    return bridge.command(MuteDevice{call->device(), wait ? std::optional(now + *wait) : std::nullopt}, now);
  });
}

void DeviceCalls::forget(const CallPointer& call) {
  auto status = std::make_shared<int>(503);
  context_->ports.bridge.change(
      [call, status](Bridge& bridge, Time now) {
        if (!bridge.why_no_commands()) *status = bridge.engine().knows(call->device()) ? 409 : 404;
        return bridge.command(ForgetDevice{call->device()}, now);
      },
      [call, status](const Result<std::string>& result) {
        if (!result) return call->answer(problem(*status, result.error().message));
        HttpResponse response;
        response.status = 204;
        add_warning(response, *result);
        call->answer(std::move(response));
      });
}

void DeviceCalls::register_device(const CallPointer& call) {
  JsonBody body(call->request, {"device", "template"});
  body.need("device");
  const auto device = body.text("device").value_or("");
  const auto template_name = body.text("template").value_or("default");
  if (body.has("device") && !can_be_device(device)) {
    body.refuse("device",
                fmt::format("can't be a device's: it must have 1 to {} bytes, {} when percent-encoded",
                            kMaxDeviceIdBytes, kMaxEncodedDeviceIdBytes));
  }
  if (context_->find_template(template_name) == nullptr) {
    std::vector<std::string_view> names(context_->names.templates.begin(), context_->names.templates.end());
    body.refuse("template", fmt::format("has {}, which isn't configured; there are {}",
                                        in_quotes(template_name), quoted_list(names)));
  }
  if (!body.is_good()) return call->answer(body.problem());
  call->parameters = {device};
  auto status = std::make_shared<int>(503);
  context_->ports.bridge.change(
      [call, template_name, status](Bridge& bridge, Time now) {
        if (!bridge.why_no_commands()) *status = bridge.engine().knows(call->device()) ? 409 : 422;
        return bridge.command(RegisterDevice{call->device(), template_name}, now);
      },
      [self = shared_from_this(), call, status](const Result<std::string>& result) {
        if (!result) return call->answer(problem(*status, result.error().message));
        self->get(call, 201, *result);
      });
}

}  // namespace rollcall
