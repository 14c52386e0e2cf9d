// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/api/notification_calls.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/json_text.hpp"
#include "base/quoting.hpp"
#include "bridge/core/api/parameters.hpp"

namespace rollcall {
namespace {

constexpr std::uint64_t kMostEntries = 1000;

/// `{"NAME":[…],"next":…}`, newest first. `entries` may have one more than `limit`: then there is a next
/// page.
template <typename Entry, typename ToJson>
std::string page_of(std::string_view name, const std::vector<Entry>& entries, std::size_t limit,
                    const ToJson& json_of) {
  const auto count = std::min(entries.size(), limit);
  auto body = fmt::format("{{\"{}\":[", name);
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) body += ',';
    body += json_of(entries[i]);
  }
  body += R"(],"next":)";
  body += entries.size() > limit ? fmt::format("\"{}\"", entries[count - 1].number) : "null";
  body += '}';
  return body;
}

std::string to_json(const DeliveryRecord& delivery) {
  return object_of([&](JsonObjectWriter& object) {
    object.string("channel", delivery.channel);
    object.string("result", to_string(delivery.state));
    object.number("attempts", delivery.attempts);
    const bool is_waiting = delivery.state == DeliveryRecord::State::waiting;
    object.time_or_null("due", is_waiting ? std::optional(delivery.due) : std::nullopt);
    const bool was_tried = delivery.ended != Time::min();
    object.time_or_null("ended", was_tried ? std::optional(delivery.ended) : std::nullopt);
    delivery.code == 0 ? object.null("code") : object.number("code", delivery.code);
    object.string_or_null("answer", delivery.answer);
  });
}

std::string to_json(const NotificationEntry& entry) {
  const NotificationRecord& it = entry.notification;
  auto json = object_of([&](JsonObjectWriter& object) {
    object.string("id", it.id);
    object.string("kind", it.kind);
    object.string_or_null("device", it.device);
    object.string_or_null("status", it.status);
    object.string_or_null("label", it.label);
    object.string_or_null("previous", it.previous);
    object.time("at", it.at);
    object.string_or_null("cause", it.cause);
    object.string("text", it.text);
    object.string_or_null("template", it.template_name);
    object.number("count", it.count);
  });
  json.pop_back();
  json += R"(,"incident":)" + (it.device.empty() ? it.payload : std::string("null")) + R"(,"deliveries":[)";
  for (const DeliveryRecord& delivery : entry.deliveries) {
    if (&delivery != &entry.deliveries.front()) json += ',';
    json += to_json(delivery);
  }
  return json + "]}";
}

}  // namespace

void NotificationCalls::add_routes(Router& router) {
  router.add("GET", "/api/v1/notifications", Need::reading, [this](const CallPointer& call) { list(call); });
  router.add("POST", "/api/v1/notifications/{id}/retry", Need::writing,
             [this](const CallPointer& call) { retry(call); });
  router.add("GET", "/api/v1/incidents", Need::reading, [this](const CallPointer& call) { incidents(call); });
}

void NotificationCalls::list(const CallPointer& call) {
  QueryParameters query(call->target, {"device", "result", "before", "limit"});
  NotificationFilter filter;
  filter.device = query.text("device");
  if (const auto result = query.text("result")) {
    filter.result = delivery_state_from_string(*result);
    if (!filter.result) query.refuse("result", R"(must be "waiting", "delivered" or "dead")");
  }
  const auto before = query.number("before", 0, UINT64_MAX);
  const auto limit = query.number("limit", 1, kMostEntries).value_or(100);
  if (!query.is_good()) return call->answer(query.problem());
  const auto entries = context_->ports.history.notifications(filter, before, limit + 1);
  if (!entries) return call->answer(problem(503, entries.error().message));
  call->answer(json_answer(page_of("notifications", *entries, limit,
                                   [](const NotificationEntry& entry) { return to_json(entry); })));
}

void NotificationCalls::incidents(const CallPointer& call) {
  QueryParameters query(call->target, {"before", "limit"});
  const auto before = query.number("before", 0, UINT64_MAX);
  const auto limit = query.number("limit", 1, kMostEntries).value_or(100);
  if (!query.is_good()) return call->answer(query.problem());
  const auto entries = context_->ports.history.incidents(before, limit + 1);
  if (!entries) return call->answer(problem(503, entries.error().message));
  call->answer(json_answer(
      page_of("incidents", *entries, limit, [](const IncidentEntry& entry) { return entry.payload; })));
}

/// Answered with the notification, whose dead deliveries wait again.
void NotificationCalls::retry(const CallPointer& call) {
  const auto& id = call->parameters.front();
  const auto no_such = [id] { return problem(404, "there is no notification " + in_quotes(id)); };
  const auto found = context_->ports.history.notification(id);
  if (!found) return call->answer(problem(503, found.error().message));
  if (!*found) return call->answer(no_such());
  context_->ports.bridge.change(
      [context = context_, entry = **found](Bridge& bridge, Time now) -> Result<std::uint64_t> {
        const auto retried = context->ports.retry_notification(entry, now);
        if (!retried) return tl::make_unexpected(retried.error());
        return bridge.next_write();
      },
      [context = context_, call, no_such](const Result<std::string>& result) {
        if (!result) return call->answer(problem(409, result.error().message));
        const auto now_stored = context->ports.history.notification(call->parameters.front());
        if (!now_stored || !*now_stored) return call->answer(no_such());
        call->answer(json_answer(to_json(**now_stored)));
      });
}

}  // namespace rollcall
