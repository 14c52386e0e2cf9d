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
constexpr std::size_t kPortionBytes = 128 * 1024UL;
constexpr std::uint64_t kMostBytesBehind = 1024UL * 1024;
constexpr Millis kStuckAfter{2000};

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

std::string event_text(std::uint64_t id, std::string_view name, std::string_view json) {
  return fmt::format("id: {}\nevent: {}\ndata: {}\n\n", id, name, json);
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
  std::erase_if(readers_, [](const auto& each) { return each->stream->is_closed(); });
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
                                       [&](const auto& each) { return each->client == call->client.name; });
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
  const auto reader = std::make_shared<Reader>(
      Reader{call->client.name, std::move(wanted), std::move(stream), last_id_ + 1, context_->ports.now()});
  reader->stream->set_on_sent([this, weak = std::weak_ptr<Reader>(reader)] {
    if (const auto kept = weak.lock()) send(*kept);
  });
  reader->stream->write(std::make_shared<const std::string>("retry: 1000\n\n"));
  auto last_id = call->request.header("last-event-id");
  const auto parameter = call->target.query.find("last_event_id");
  if (last_id.empty() && parameter != call->target.query.end()) last_id = parameter->second;
  if (!last_id.empty()) begin_behind(*reader, last_id);
  readers_.push_back(reader);
}

void EventStreams::begin_behind(Reader& reader, std::string_view last_id) const {
  const auto id = parse_id(last_id);
  if (!id || *id > last_id_ || *id + 1 < first_kept_id()) {
    return reader.stream->write(std::make_shared<const std::string>(event_text(last_id_, "reset", "{}")));
  }
  reader.next_id = *id + 1;
}

/// The next portion of what it hasn't got yet. What else there is waits in the events that are kept, which
/// cost the same however many readers there are.
void EventStreams::send(Reader& reader) {
  if (reader.stream->is_closed()) return;
  if (reader.next_id < first_kept_id())
    return reader.stream->cut_off();  // it comes back, and is told to begin anew
  const auto text = next_text(reader);
  if (text->empty()) return;
  reader.sent_at = context_->ports.now();
  reader.stream->write(text);
}

std::shared_ptr<const std::string> EventStreams::next_text(Reader& reader) {
  const bool wants_all = reader.wanted.is_everything();
  if (wants_all && shared_.text && shared_.first_id == reader.next_id) {
    reader.next_id = shared_.next_id;
    return shared_.text;
  }
  const auto first_id = reader.next_id;
  std::string text;
  for (; reader.next_id <= last_id_ && text.size() < kPortionBytes; ++reader.next_id) {
    const Kept& kept = kept_[reader.next_id - first_kept_id()];
    if (wants_all || reader.wanted.includes(kept.event)) text += kept.text;
  }
  auto made = std::make_shared<const std::string>(std::move(text));
  if (wants_all && !made->empty()) shared_ = {first_id, reader.next_id, made};
  return made;
}

/// One that takes nothing any more, and has more ahead than a burst.
void EventStreams::cut_off_if_stuck(Reader& reader) const {
  if (reader.next_id > last_id_) return;
  const bool is_lost = reader.next_id < first_kept_id();
  const auto behind = is_lost ? 0 : bytes_ - kept_[reader.next_id - first_kept_id()].bytes_before;
  const bool is_stuck = context_->ports.now() - reader.sent_at >= kStuckAfter;
  if (is_lost || (behind > kMostBytesBehind && is_stuck)) reader.stream->cut_off();
}

void EventStreams::publish(std::vector<LiveEvent> events) {
  forget_closed();
  for (LiveEvent& event : events) {
    auto text = event_text(++last_id_, to_string(event.kind), event.json);
    event.json = {};
    const auto bytes = text.size();
    kept_.push_back({std::move(event), std::move(text), bytes_});
    bytes_ += bytes;
    if (kept_.size() > kKeptEvents) kept_.pop_front();
  }
  for (const auto& reader : readers_)
    reader->stream->has_waiting() ? cut_off_if_stuck(*reader) : send(*reader);
}

}  // namespace rollcall
