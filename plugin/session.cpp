// SPDX-License-Identifier: Apache-2.0
#include "plugin/session.hpp"

#include <utility>

namespace rollcall::plugin {

Session::Session(Broker& broker, Journal& journal, Guard& guard, Speakers& speakers, const TopicNames& names,
                 Traits traits)
    : broker_(broker),
      journal_(journal),
      guard_(guard),
      speakers_(speakers),
      names_(names),
      traits_(std::move(traits)),
      started_at_(broker.monotonic()) {}

void Session::handle(ClientHandle bridge, std::string_view bytes) {
  // 2.0.11 with per_listener_settings has no ticks: there, time tells one turn of the loop from the next.
  constexpr Millis kTurn{10};
  if (!has_ticks_ && broker_.monotonic() - loop_began_ > kTurn) {
    published_this_loop_ = 0;
    loop_began_ = broker_.monotonic();
  }
  const auto request = decode_request(bytes);
  if (!request) {
    ++refused_;
    return;
  }
  if (const auto* hello = std::get_if<request::Hello>(&request->body)) {
    begin(bridge, *request, *hello);
  } else if (bridge == served_ && request->session == session_) {
    if (request->number <= last_done_) {
      journal_.set_progress(session_, last_done_);  // sent twice: the answer got lost
    } else if (request->number == last_done_ + waiting_.size() + 1 && waiting_.size() < kMaxWaitingRequests) {
      waiting_.push_back({std::string(bytes), request->number});
    }
  }
  carry_on();
}

/// False: another bridge is served, and goes on being so. Whoever isn't served any more is told.
bool Session::displace(ClientHandle bridge, const Request& request, const request::Hello& hello) {
  if (served_ == nullptr || served_ == bridge || instance_ == hello.instance) return true;
  const auto tell = [&](ClientHandle loser, std::uint32_t session, std::uint64_t number,
                        ClientHandle winner) {
    guard_.set_served(loser, false);
    const auto facts = broker_.facts(winner);
    journal_.send_apart(session, number, stream::Displaced{facts.client_id, facts.address});
  };
  if (!hello.take_over) {
    tell(bridge, request.session, request.number, served_);
    return false;
  }
  tell(served_, session_, last_done_, bridge);
  return true;
}

void Session::begin(ClientHandle bridge, const Request& request, const request::Hello& hello) {
  if (hello.topic_prefix != names_.prefix()) {
    broker_.log(LogLevel::error, "the bridge uses topic_prefix \"" + std::string(hello.topic_prefix) +
                                     "\", this plugin \"" + names_.prefix() +
                                     "\": they can't work together until both use the same");
    ++refused_;
    return;
  }
  if (!displace(bridge, request, hello)) return;
  if (last_done_ > 1) {
    previous_session_ = session_;
    previous_done_ = last_done_;
  }
  const stream::Hello answer{
      traits_.plugin_version, traits_.broker_name, traits_.knows_causes, has_ticks_,
      previous_session_,      previous_done_,      started_at_,          traits_.activity_interval};
  served_ = bridge;
  instance_ = hello.instance;
  guard_.set_served(bridge, true);
  session_ = request.session;
  last_done_ = request.number;
  waiting_.clear();
  journal_.set_listened_to(true);
  journal_.set_progress(session_, last_done_);
  journal_.add(answer);
}

void Session::forget(ClientHandle bridge) {
  if (bridge != served_) return;
  served_ = nullptr;
  waiting_.clear();
  journal_.set_listened_to(false);
}

void Session::carry_on() {
  while (!waiting_.empty() && carry_out(waiting_.front())) {
    last_done_ = waiting_.front().number;
    waiting_.pop_front();
    journal_.set_progress(session_, last_done_);
  }
}

bool Session::carry_out(Waiting& waiting) {
  auto request = decode_request(waiting.bytes);
  if (const auto* page = std::get_if<request::Snapshot>(&request->body)) journal_.add_snapshot_page(*page);
  if (const auto* body = std::get_if<request::Publish>(&request->body)) return publish(waiting, *body);
  if (auto* rules = std::get_if<request::Rules>(&request->body)) {
    journal_.want_activity(rules->wants_activity);
    speakers_.set_rules(std::move(*rules));
  }
  return true;
}

bool Session::publish(Waiting& waiting, const request::Publish& body) {
  constexpr int kMaxRefusals = 10;
  for (; waiting.published < body.publications.size(); ++waiting.published) {
    if (published_this_loop_ >= kMaxPublishedPerLoop) return false;
    const auto& publication = body.publications[waiting.published];
    const bool is_ours = names_.kind_of(publication.topic) == TopicKind::bridge &&
                         publication.topic.find_first_of("+#") == std::string_view::npos;
    ++published_this_loop_;
    if (is_ours &&
        !broker_.publish(publication.topic, publication.payload, publication.qos, publication.retain)) {
      // Out of memory, most likely: the next turn may do. What it never takes must not hold up the rest.
      if (++waiting.refusals < kMaxRefusals) return false;
      ++refused_;
    }
    if (!is_ours) ++refused_;
    waiting.refusals = 0;
  }
  return true;
}

void Session::tick() {
  has_ticks_ = true;
  published_this_loop_ = 0;
  carry_on();
}

}  // namespace rollcall::plugin
