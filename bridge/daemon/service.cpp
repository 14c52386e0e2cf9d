// SPDX-License-Identifier: Apache-2.0
#include "bridge/daemon/service.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <random>
#include <utility>

#include <boost/asio/post.hpp>

namespace rollcall {

std::string counted(std::size_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

void log_notes(spdlog::logger& log, const std::string& file, const Config& config) {
  for (const auto& warning : config.warnings) log.warn("{}", warning);
  for (const auto& key : config.not_yet_used) log.warn("{}: {} has no effect in this version", file, key);
}

Service::Service(boost::asio::io_context& io, std::string config_file, Config config, Secrets secrets,
                 Store& store, StoredState stored, spdlog::logger& log)
    : io_(io),
      config_file_(std::move(config_file)),
      log_(log),
      instance_(stored.instance),
      stored_notify_(std::move(stored.notify)),
      commands_(config, stored),
      sender_([this](SendResult result) {
        boost::asio::post(io_, [this, result = std::move(result)] { message_ended(result); });
      }),
      deliveries_({config.channels, secrets.channels, stored.instance, std::random_device{}()},
                  std::move(stored.waiting), sender_,
                  [this](bool is_good, const std::string& line) {
                    is_good ? log_.info("{}", line) : log_.warn("{}", line);
                  }),
      bridge_(std::move(config), *this, store, std::move(stored), clock_.now(), std::random_device{}()),
      notification_topics_(bridge_.topics(), bridge_.publisher()),
      notifier_(bridge_.config(), instance_, std::move(stored_notify_), notification_topics_),
      timer_(io_),
      signals_(io_),
      config_reader_(io_, config_file_, [this](Result<Config> read) { reload(std::move(read)); }),
      http_(io_,
            {bridge_, [this] { return this->now(); }, [this] { carry_on(); }, transitions_, deliveries_,
             commands_},
            bridge_.config(), secrets.http, log_) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) signals_.add(signal);
  bridge_.add_consumer(transitions_);
  bridge_.add_feature(commands_);
  bridge_.add_consumer(http_.feed());
  notification_topics_.add_next(http_.feed());
  notification_topics_.add_next(deliveries_);
  bridge_.add_feature(notifier_);
  bridge_.add_feature(deliveries_);  // behind it: what it makes goes to the store in the same turn
  for (std::uint32_t i = 0; i < bridge_.config().brokers.size(); ++i)
    links_.push_back(make_link(i, secrets.passwords[i]));
  http_.configure(bridge_.config(), secrets.http);
}

void Service::run() {
  wait_for_signal();
  carry_on();
  notices_.ready();
  io_.run();
  http_.stop();
}

void Service::stored(const Result<void>& result) {
  const bool was_ready = bridge_.is_ready();
  bridge_.stored(result, now());
  if (bridge_.is_ready() && !was_ready && !is_stopping_) {
    for (auto& link : links_) link->start();
  }
  if (have_links_ended_ && bridge_.is_stored()) {
    io_.stop();
    return;
  }
  carry_on();
}

void Service::message_ended(const SendResult& result) {
  deliveries_.ended(result, now());
  carry_on();
}

/// What the bridge takes for the time. A step of the system's clock is followed first.
Time Service::now() {
  if (bridge_.follows_clock()) {
    if (const auto step = clock_.take_step()) bridge_.clock_stepped(*step, clock_.now());
  }
  return clock_.now();
}

void Service::carry_on() {
  bridge_.advance(now());
  finish();
}

/// What may come after all that was sent: to wake the store's thread takes as long as the bridge's own work
/// for an event.
void Service::finish() {
  http_.follow();
  // From within a link's own call: later, when it has ended.
  if (is_stopping_ && !have_links_ended_ && !bridge_.awaits_answers()) {
    boost::asio::post(io_, [this] { end_links(); });
  }
  bridge_.begin_write(now());
  arm_timer();
}

void Service::arm_timer() {
  // Even if nothing is due the system's clock may have been set. It is looked at each second as long as a
  // broker is connected.
  constexpr Millis kLookAtClockEvery{10'000};
  const auto wait = std::clamp<Millis>(bridge_.next_deadline() - clock_.now(), Millis{0}, kLookAtClockEvery);
  const auto at = std::chrono::steady_clock::now() + wait;
  // What comes earlier looks again; to set it anew with each event would cost more.
  if (is_timer_armed_ && timer_.expiry() <= at) return;
  is_timer_armed_ = true;
  timer_.expires_at(at);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    is_timer_armed_ = false;
    carry_on();
  });
}

void Service::wait_for_signal() {
  signals_.async_wait([this](const boost::system::error_code& error, int signal) {
    if (error) return;
    if (signal == SIGHUP) {
      notices_.reloading();
      config_reader_.read();
      wait_for_signal();
      return;
    }
    stop();
  });
}

void Service::reload(Result<Config> config) {
  if (is_stopping_) return;
  notices_.ready();  // with the new configuration or, if that is wrong, with the one before
  auto http = config ? read_http_secrets(*config) : Result<HttpSecrets>();
  auto channels = config ? read_channel_secrets(*config) : Result<ChannelSecrets>();
  if (config) log_notes(log_, config_file_, *config);
  if (config && !http) config = tl::make_unexpected(http.error());
  if (config && !channels) config = tl::make_unexpected(channels.error());
  const auto reloaded =
      config ? bridge_.reload(*std::move(config), now()) : Result<void>(tl::make_unexpected(config.error()));
  if (!reloaded) {
    const bool names_file = reloaded.error().message.starts_with(config_file_);
    log_.error("{}{}; not reloaded, the bridge keeps the configuration that it has",
               names_file ? "" : config_file_ + ": ", reloaded.error().message);
    return;
  }
  deliveries_.set_secrets(*std::move(channels));
  http_.configure(bridge_.config(), *http);
  log_.info("configuration reloaded from {}", config_file_);
  carry_on();
}

}  // namespace rollcall
