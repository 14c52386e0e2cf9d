// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/api/command_calls.hpp"

#include <nlohmann/json.hpp>

#include "base/quoting.hpp"
#include "base/utf8.hpp"
#include "bridge/core/commands/command_feature.hpp"

namespace rollcall {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kMostPreviewBytes = 64;

HttpResponse no_such_device(const std::string& device) {
  return problem(404, "no device is known as " + in_quotes(device));
}

ordered_json json_of(const CommandRecord& command) {
  const bool is_text = is_valid_utf8(command.payload);
  return {
      {"topic", command.topic},
      {"qos", command.qos},
      {"bytes", command.payload.size()},
      {"preview", is_text ? ordered_json(utf8_prefix(command.payload, kMostPreviewBytes)) : ordered_json()},
      {"at", format_rfc3339(command.at)},
      {"expires", format_rfc3339(command.expires)}};
}

}  // namespace

void CommandCalls::add_routes(Router& router) {
  if (context_->ports.commands == nullptr) return;
  const std::string path = "/api/v1/devices/{device}/commands";
  router.add("GET", path, Need::reading, [this](const CallPointer& call) { list(call); });
  router.add("DELETE", path, Need::writing, [this](const CallPointer& call) { clear(call); });
}

void CommandCalls::list(const CallPointer& call) {
  auto found = std::make_shared<std::optional<ordered_json>>();
  context_->ports.bridge.read(
      [call, found, &commands = *context_->ports.commands](const Bridge& bridge, Time /*now*/) {
        if (!bridge.engine().knows(call->device())) return true;
        auto& list = found->emplace(ordered_json::array());
        commands.queue().for_each(call->device(),
                                  [&](const CommandRecord& command) { list.push_back(json_of(command)); });
        return true;
      },
      [call, found] {
        if (!*found) return call->answer(no_such_device(call->device()));
        call->answer(json_answer(ordered_json{{"commands", std::move(**found)}}.dump()));
      });
}

void CommandCalls::clear(const CallPointer& call) {
  auto cleared = std::make_shared<std::optional<std::size_t>>();
  context_->ports.bridge.change(
      [call, cleared, &commands = *context_->ports.commands](Bridge& bridge,
                                                             Time /*now*/) -> Result<std::uint64_t> {
        if (!bridge.engine().knows(call->device()))
          return fail("no device is known as " + in_quotes(call->device()));
        *cleared = commands.clear(call->device());
        return bridge.next_write();
      },
      [call, cleared](const Result<std::string>& result) {
        if (!result) return call->answer(problem(404, result.error().message));
        call->answer(json_answer(ordered_json{{"cleared", **cleared}}.dump()));
      });
}

}  // namespace rollcall
