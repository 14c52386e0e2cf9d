// SPDX-License-Identifier: Apache-2.0
#include "plugin/request_queue.hpp"

#include <algorithm>
#include <utility>

namespace rollcall::plugin {

RequestQueue::RequestQueue(const Parts& parts, Traits traits)
    : parts_(parts), traits_(std::move(traits)), started_at_(parts.broker.monotonic()) {}

void RequestQueue::receive(ClientHandle bridge, std::string_view bytes) {
  begin_turn_without_tick();
  auto received = std::make_unique<Waiting>(bytes);
  if (!received->request) {
    ++refused_;
    return;
  }
  const auto& request = *received->request;
  if (const auto* hello = std::get_if<request::Hello>(&request.body)) {
    greet(bridge, request, *hello);
  } else if (bridge == served_.bridge && request.session == served_.session) {
    if (request.number <= served_.last_done) {
      parts_.stream.set_progress(served_.session, served_.last_done);  // sent twice: the answer got lost
    } else if (request.number == served_.last_done + waiting_.size() + 1 && has_room_for(request)) {
      waiting_.push_back(std::move(received));
    }
  }
  run();
}

void RequestQueue::begin_turn_without_tick() {
  // 2.0.11 with per_listener_settings has no ticks: there, a pause ends a turn of the loop.
  constexpr Millis kPause{10};
  if (has_ticks_ || parts_.broker.monotonic() - loop_began_ <= kPause) return;
  published_this_loop_ = 0;
  loop_began_ = parts_.broker.monotonic();
}

bool RequestQueue::has_room_for(const Request& request) const {
  const auto has_rules = [](const Request& one) { return std::holds_alternative<request::Rules>(one.body); };
  if (waiting_.size() >= kMaxWaitingRequests) return false;
  return !has_rules(request) || std::none_of(waiting_.begin(), waiting_.end(), [&](const auto& waiting) {
    return has_rules(*waiting->request);
  });
}

/// Returns false if another bridge is served and stays so. The one that isn't served learns which one is.
bool RequestQueue::take_over(ClientHandle bridge, const Request& request, const request::Hello& hello) {
  if (served_.bridge == nullptr || served_.bridge == bridge || served_.instance == hello.instance) {
    return true;
  }
  const auto displace = [&](ClientHandle loser, std::uint32_t session, std::uint64_t number,
                            ClientHandle winner) {
    parts_.guard.set_served(loser, false);
    const auto facts = parts_.broker.facts(winner);
    parts_.stream.send_unnumbered(session, number, stream::Displaced{facts.client_id, facts.address});
  };
  if (!hello.take_over) {
    displace(bridge, request.session, request.number, served_.bridge);
    return false;
  }
  displace(served_.bridge, served_.session, served_.last_done, bridge);
  return true;
}

void RequestQueue::greet(ClientHandle bridge, const Request& request, const request::Hello& hello) {
  if (hello.topic_prefix != parts_.names.prefix()) {
    parts_.broker.log(LogLevel::error, "refused the bridge: its topic_prefix is \"" +
                                           std::string(hello.topic_prefix) +
                                           "\", plugin_opt_topic_prefix is \"" + parts_.names.prefix() +
                                           "\"; set both to the same");
    ++refused_;
    return;
  }
  if (!take_over(bridge, request, hello)) return;
  if (served_.last_done > 1) previous_ = served_;
  const stream::Hello answer{
      traits_.plugin_version, traits_.broker_name, traits_.knows_causes, has_ticks_,
      previous_.session,      previous_.last_done, started_at_,          traits_.activity_interval};
  // The same bridge by another connection: when the older one ends, its will would be wrong.
  if (served_.bridge != nullptr && served_.bridge != bridge) parts_.guard.set_served(served_.bridge, false);
  served_ = {bridge, hello.instance, request.session, request.number};
  parts_.guard.set_served(bridge, true);
  waiting_.clear();
  parts_.stream.set_listening(true);
  parts_.stream.set_progress(served_.session, served_.last_done);
  parts_.stream.add(answer);
}

void RequestQueue::forget(ClientHandle bridge) {
  if (bridge != served_.bridge) return;
  served_.bridge = nullptr;
  waiting_.clear();
  parts_.stream.set_listening(false);
}

void RequestQueue::run() {
  while (!waiting_.empty() && execute(*waiting_.front())) {
    served_.last_done = waiting_.front()->request->number;
    waiting_.pop_front();
    parts_.stream.set_progress(served_.session, served_.last_done);
  }
}

/// Returns true if the request is done, false if there is more to do in the next turn.
bool RequestQueue::execute(Waiting& waiting) {
  auto& body = waiting.request->body;
  if (const auto* page = std::get_if<request::Snapshot>(&body)) parts_.snapshots.emit_page(*page);
  if (const auto* publications = std::get_if<request::Publish>(&body)) return publish(waiting, *publications);
  if (auto* rules = std::get_if<request::Rules>(&body)) {
    parts_.activity.set_wanted(rules->wants_activity);
    parts_.permissions.set_rules(std::move(*rules));
  }
  if (auto* topics = std::get_if<request::CommandTopics>(&body)) parts_.commands.execute(*topics);
  if (const auto* changes = std::get_if<request::DeviceCommands>(&body)) parts_.commands.execute(*changes);
  if (const auto* kept = std::get_if<request::CommandsKept>(&body)) parts_.commands.execute(*kept);
  if (const auto* command = std::get_if<request::DeliverCommand>(&body)) return deliver(*command);
  return true;
}

bool RequestQueue::publish(Waiting& waiting, const request::Publish& body) {
  constexpr int kMaxRefusals = 10;
  for (; waiting.published < body.publications.size(); ++waiting.published) {
    if (published_this_loop_ >= kMaxPublishedPerLoop) return false;
    const auto& publication = body.publications[waiting.published];
    const bool is_allowed = parts_.names.kind_of(publication.topic) == TopicKind::bridge &&
                            publication.topic.find_first_of("+#") == std::string_view::npos;
    ++published_this_loop_;
    if (is_allowed &&
        !parts_.broker.publish(publication.topic, publication.payload, publication.qos, publication.retain)) {
      // Out of memory, most likely: the next turn may do. One that is never taken must not hold up the rest.
      if (++waiting.refusals < kMaxRefusals) return false;
      ++refused_;
    }
    if (!is_allowed) ++refused_;
    waiting.refusals = 0;
  }
  return true;
}

bool RequestQueue::deliver(const request::DeliverCommand& body) {
  if (published_this_loop_ >= kMaxPublishedPerLoop) return false;
  ++published_this_loop_;
  const bool is_publishable = parts_.names.kind_of(body.message.topic) == TopicKind::none &&
                              !body.message.topic.empty() &&
                              body.message.topic.find_first_of("+#") == std::string_view::npos;
  if (is_publishable) return parts_.commands.execute(body);
  ++refused_;
  return true;
}

void RequestQueue::tick() {
  has_ticks_ = true;
  published_this_loop_ = 0;
  run();
}

}  // namespace rollcall::plugin
