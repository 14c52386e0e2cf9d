// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/api/timeline_calls.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/duration.hpp"
#include "base/quoting.hpp"
#include "bridge/core/api/parameters.hpp"
#include "bridge/core/query/uptime.hpp"
#include "topics/payloads.hpp"

namespace rollcall {
namespace {

using nlohmann::ordered_json;

constexpr std::uint64_t kMostRows = 1000;
constexpr std::uint64_t kMostSteps = 10'000;
constexpr Millis kDay = std::chrono::hours{24};

/// A period in steps, as people ask for it.
struct Period {
  Time from, to;
  Millis step;
};

Period read_period(QueryParameters& query, Time now, Millis usual_length, Millis usual_step) {
  Period period;
  period.to = query.time("to").value_or(now);
  period.from = query.time("from").value_or(period.to - usual_length);
  period.step = query.duration("step").value_or(usual_step);
  if (!query.is_good()) return period;
  if (period.from >= period.to) query.refuse("from", R"(must be before "to")");
  if (period.step < Seconds{1}) query.refuse("step", "must be 1s at least");
  if (!query.is_good()) return period;
  if ((period.to - period.from) / period.step >= static_cast<std::int64_t>(kMostSteps)) {
    query.refuse("step",
                 fmt::format("makes more than {} steps of this period; take a larger one", kMostSteps));
  }
  return period;
}

ordered_json number_or_null(const std::optional<double>& number) {
  return number ? ordered_json(*number) : ordered_json();
}

std::string to_json(const Uptime& uptime) {
  auto buckets = ordered_json::array();
  for (const UptimeBucket& bucket : uptime.buckets) {
    auto seconds = ordered_json::object();
    for (const auto& [status, time] : bucket.in) seconds[status] = static_cast<double>(time.count()) / 1000;
    buckets.push_back({{"at", format_rfc3339(bucket.at)},
                       {"seconds", std::move(seconds)},
                       {"availability", number_or_null(bucket.availability)}});
  }
  return ordered_json{{"buckets", std::move(buckets)}, {"availability", number_or_null(uptime.availability)}}
      .dump();
}

}  // namespace

void TimelineCalls::add_routes(Router& router) {
  router.add("GET", "/api/v1/devices/{device}/timeline", Need::reading,
             [this](const CallPointer& call) { timeline(call); });
  router.add("GET", "/api/v1/devices/{device}/uptime", Need::reading,
             [this](const CallPointer& call) { uptime(call); });
  router.add("GET", "/api/v1/fleet/history", Need::reading,
             [this](const CallPointer& call) { fleet_history(call); });
}

void TimelineCalls::timeline(const CallPointer& call) {
  QueryParameters query(call->target, {"before", "limit"});
  const auto before = query.number("before", 0, UINT64_MAX);
  const auto limit = query.number("limit", 1, kMostRows).value_or(100);
  if (!query.is_good()) return call->answer(query.problem());
  const auto rows = context_->ports.history.timeline(call->device(), before, limit + 1);
  if (!rows) return call->answer(problem(503, rows.error().message));
  if (!rows->empty() || before) {
    const auto count = std::min<std::size_t>(rows->size(), limit);
    std::string body = R"({"rows":[)";
    for (std::size_t i = 0; i < count; ++i) {
      if (i > 0) body += ',';
      body += rollcall::to_json(row_of((*rows)[i]));
    }
    body += R"(],"next":)";
    body += rows->size() > limit ? fmt::format("\"{}\"", (*rows)[count - 1].seq) : "null";
    body += '}';
    return call->answer(json_answer(std::move(body)));
  }
  // A device without rows, or none.
  auto is_known = std::make_shared<bool>(false);
  context_->ports.bridge.read(
      [call, is_known](const Bridge& bridge, Time /*now*/) {
        *is_known = bridge.engine().knows(call->device());
        return true;
      },
      [call, is_known] {
        call->answer(*is_known ? json_answer(R"({"rows":[],"next":null})")
                               : problem(404, "no device is known as " + in_quotes(call->device())));
      });
}

/// A device that was forgotten has a past, too: then its statuses are told by all templates.
void TimelineCalls::uptime(const CallPointer& call) {
  QueryParameters query(call->target, {"from", "to", "step"});
  const auto period = read_period(query, call->now, 30 * kDay, kDay);
  if (!query.is_good()) return call->answer(query.problem());
  auto template_name = std::make_shared<std::optional<std::string>>();
  context_->ports.bridge.read(
      [call, template_name](const Bridge& bridge, Time /*now*/) {
        if (const auto name = bridge.engine().template_of(call->device())) template_name->emplace(*name);
        return true;
      },
      [context = context_, call, template_name, period] {
        const auto rows = context->ports.history.transitions(call->device(), period.from, period.to);
        if (!rows) return call->answer(problem(503, rows.error().message));
        if (!*template_name && rows->empty())
          return call->answer(problem(404, "no device is known as " + in_quotes(call->device())));
        const auto* const definition = context->find_template(template_name->value_or("default"));
        const auto counts_as = [&](std::string_view status) {
          return definition == nullptr ? CountsAs::neither : definition->counts_as(status);
        };
        call->answer(json_answer(
            to_json(uptime_of(*rows, period.from, period.to, period.step, context->ports.now(), counts_as))));
      });
}

void TimelineCalls::fleet_history(const CallPointer& call) {
  QueryParameters query(call->target, {"from", "to", "step"});
  const auto period = read_period(query, call->now, kDay, std::chrono::minutes{5});
  if (!query.is_good()) return call->answer(query.problem());
  const auto samples = context_->ports.history.fleet_history(period.from, period.to, period.step);
  if (!samples) return call->answer(problem(503, samples.error().message));
  auto steps = ordered_json::array();
  for (const FleetSample& sample : *samples) {
    steps.push_back({{"at", format_rfc3339(sample.at)}, {"templates", sample.templates}});
  }
  call->answer(json_answer(ordered_json{{"steps", std::move(steps)}}.dump()));
}

}  // namespace rollcall
