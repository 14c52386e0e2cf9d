// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/api/event_streams.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/quoting.hpp"
#include "bridge/core/http/problem.hpp"

namespace rollcall {
namespace {

constexpr std::uint64_t kIdsPerMilli = 1000;

std::optional<LiveEvent::Kind> kind_named(std::string_view name) {
  for (int number = 0; number <= static_cast<int>(LiveEvent::Kind::gone); ++number) {
    const auto kind = static_cast<LiveEvent::Kind>(number);
    if (to_string(kind) == name) return kind;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> parse_id(std::string_view text) {
  std::uint64_t id = 0;
  const auto* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, id);
  return error == std::errc() && stopped == end ? std::optional(id) : std::nullopt;
}

std::shared_ptr<const std::string> event_text(std::uint64_t id, std::string_view name,
                                              std::string_view json) {
  return std::make_shared<const std::string>(fmt::format("id: {}\nevent: {}\ndata: {}\n\n", id, name, json));
}

}  // namespace

EventStreams::EventStreams(std::shared_ptr<ApiContext> context)
    : context_(std::move(context)),
      // They grow over restarts: nobody takes an event of this bridge for one of the bridge before it.
      last_id_(static_cast<std::uint64_t>(context_->ports.now().time_since_epoch().count()) * kIdsPerMilli) {}

void EventStreams::add_routes(Router& router) {
  router.add("GET", "/api/v1/stream", Need::reading, [this](const CallPointer& call) { open(call); });
}

bool EventStreams::Wanted::includes(const LiveEvent& event) const {
  if (!kinds.empty() && !kinds.contains(event.kind)) return false;
  return event.kind == LiveEvent::Kind::gone || event.device.empty() || filter.is_empty() ||
         (event.traits && matches(filter, *event.traits));
}

void EventStreams::forget_closed() {
  std::erase_if(readers_, [](const Reader& each) { return each.stream->is_closed(); });
}

std::size_t EventStreams::stream_count() {
  forget_closed();
  return readers_.size();
}

void EventStreams::open(const CallPointer& call) {
  QueryParameters query(call->target, {"status", "template", "broker", "connected", "flapping", "muted", "q",
                                       "events", "last_event_id"});
  Wanted wanted;
  wanted.filter = read_filter(query, context_->names);
  for (const auto& name : query.list("events")) {
    const auto kind = kind_named(name);
    if (!kind)
      query.refuse("events", "must be of status, row, fleet, incident, bridge, gone, not " + in_quotes(name));
    if (kind) wanted.kinds.insert(*kind);
  }
  if (!query.is_good()) return call->answer(query.problem());
  forget_closed();
  const auto of_client = std::count_if(readers_.begin(), readers_.end(),
                                       [&](const Reader& each) { return each.client == call->client.name; });
  if (static_cast<std::size_t>(of_client) >= context_->settings.max_streams) {
    auto response = problem(503, fmt::format("{} streams are open by this token already, which is what "
                                             "http.max_streams allows",
                                             of_client));
    response.headers.emplace_back("Retry-After", "5");
    return call->answer(std::move(response));
  }
  HttpResponse response;
  response.content_type = "text/event-stream; charset=utf-8";
  response.headers.emplace_back("Cache-Control", "no-store");
  response.headers.emplace_back("X-Accel-Buffering", "no");  // nginx would hold events back
  response.stream = [this, call, wanted = std::move(wanted)](std::shared_ptr<HttpStream> stream) {
    begin(call, wanted, std::move(stream));
  };
  call->answer(std::move(response));
}

void EventStreams::begin(const CallPointer& call, Wanted wanted, std::shared_ptr<HttpStream> stream) {
  context_->ports.want_events();
  Reader reader{call->client.name, std::move(wanted), std::move(stream)};
  reader.stream->write(std::make_shared<const std::string>("retry: 1000\n\n"));
  auto last_id = call->request.header("last-event-id");
  const auto parameter = call->target.query.find("last_event_id");
  if (last_id.empty() && parameter != call->target.query.end()) last_id = parameter->second;
  if (!last_id.empty()) catch_up(reader, last_id);
  readers_.push_back(std::move(reader));
}

void EventStreams::catch_up(const Reader& reader, std::string_view last_id) const {
  const auto id = parse_id(last_id);
  const std::uint64_t first_kept = kept_.empty() ? last_id_ + 1 : kept_.front().id;
  if (!id || *id > last_id_ || *id + 1 < first_kept) {
    return reader.stream->write(event_text(last_id_, "reset", "{}"));
  }
  for (const Kept& each : kept_) {
    if (each.id > *id && reader.wanted.includes(each.event)) reader.stream->write(each.text);
  }
}

/// Each reader gets one text of all that it wants, and those who want everything the same one.
void EventStreams::publish(std::vector<LiveEvent> events) {
  forget_closed();
  std::vector<Kept> fresh;
  std::string everything;
  for (LiveEvent& event : events) {
    auto text = event_text(++last_id_, to_string(event.kind), event.json);
    event.json = {};
    everything += *text;
    fresh.push_back({last_id_, std::move(event), std::move(text)});
  }
  const auto all = std::make_shared<const std::string>(std::move(everything));
  for (const Reader& reader : readers_) {
    if (reader.wanted.is_everything()) {
      reader.stream->write(all);
      continue;
    }
    std::string wanted;
    for (const Kept& each : fresh) {
      if (reader.wanted.includes(each.event)) wanted += *each.text;
    }
    if (!wanted.empty()) reader.stream->write(std::make_shared<const std::string>(std::move(wanted)));
  }
  for (Kept& each : fresh) kept_.push_back(std::move(each));
  while (kept_.size() > kKeptEvents) kept_.pop_front();
}

}  // namespace rollcall
