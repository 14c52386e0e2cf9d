// SPDX-License-Identifier: Apache-2.0
#include "bridge/daemon/http_service.hpp"

#include <random>
#include <utility>

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "bridge/adapters/prometheus/metrics_text.hpp"
#include "bridge/adapters/sqlite/sqlite_reader.hpp"
#include "bridge/adapters/system/api_socket.hpp"
#include "bridge/core/api/event_streams.hpp"
#include "bridge/core/explain/explanation.hpp"
#include "bridge/daemon/console_pages.hpp"

namespace rollcall {
namespace {

constexpr std::size_t kReadingsAtOnce = 4;

ApiSettings settings_of(const Config& config, const HttpSecrets& secrets) {
  auto settings = api_settings(config);
  settings.access.read_tokens = secrets.read_tokens;
  settings.access.write_tokens = secrets.write_tokens;
  return settings;
}

HttpServerSettings server_settings_of(const Config& config) {
  const HttpConfig& http = config.http;
  HttpServerSettings settings;
  settings.listen = http.listen;
  settings.socket_path = api_socket_path(config.store_path);
  if (http.tls) settings.tls = HttpTls{http.tls->certificate_file, http.tls->key_file};
  settings.max_header_bytes = http.max_header_bytes;
  settings.max_body_bytes = http.max_body_bytes;
  settings.max_connections = http.max_connections;
  settings.request_timeout = http.request_timeout;
  return settings;
}

/// 256 bits of the system's.
std::string random_text() {
  std::random_device device;
  std::string text;
  for (int i = 0; i < 8; ++i) text += fmt::format("{:08x}", device());
  return text;
}

}  // namespace

HttpService::HttpService(boost::asio::io_context& io, Owner owner, const Config& config,
                         const HttpSecrets& secrets, spdlog::logger& log)
    : io_(io),
      owner_(std::move(owner)),
      log_(log),
      store_path_(config.store_path),
      history_(store_path_),
      api_(ports(), settings_of(config, secrets)),
      server_([this](HttpRequest request,
                     HttpAnswer answer) { api_.handle(std::move(request), std::move(answer)); },
              [this](bool is_error, const std::string& line) {
                is_error ? log_.error("{}", line) : log_.info("{}", line);
              }) {
  api_.add_route("GET", "/metrics", Need::reading, [this](const CallPointer& call) { metrics(call); });
  add_console_pages(api_);
}

HttpService::~HttpService() { server_.stop(); }

ApiPorts HttpService::ports() {
  return {*this,
          history_,
          [this] { return clock_.now(); },
          random_text,
          [this](std::string_view device) { return read_stored_device(store_path_, device, kRowsToLookAt); },
          [this] { feed_.want(true); },
          [this](const std::string& line) { log_.info("{}", line); },
          [this](const NotificationEntry& entry, Time now) { return owner_.deliveries.retry(entry, now); },
          &owner_.commands};
}

void HttpService::metrics(const CallPointer& call) {
  auto read = std::make_shared<BridgeMetrics>();
  static_cast<BridgeThread&>(*this).read(
      [this, read](const Bridge& bridge, Time /*now*/) {
        *read = bridge_metrics(bridge, owner_.transitions, owner_.deliveries, owner_.commands);
        return true;
      },
      [this, call, read] {
        HttpResponse response;
        response.content_type = kMetricsContentType;
        response.body = metrics_text(
            *read, {api_.request_counts(), api_.request_seconds(), api_.streams().stream_count()});
        call->answer(std::move(response));
      });
}

void HttpService::configure(const Config& config, const HttpSecrets& secrets) {
  server_.post(
      [this, settings = settings_of(config, secrets)]() mutable { api_.configure(std::move(settings)); });
  server_.apply(server_settings_of(config));
}

void HttpService::read(Portion portion, std::function<void()> done) {
  auto reading = std::make_shared<Reading>(Reading{std::move(portion), std::move(done)});
  boost::asio::post(io_, [this, reading = std::move(reading)] {
    if (readings_ == kReadingsAtOnce) return next_readings_.push_back(reading);
    ++readings_;
    work_off(reading);
  });
}

/// What else waits on the bridge's thread comes between two portions.
void HttpService::work_off(std::shared_ptr<Reading> reading) {
  if (reading->portion(owner_.bridge, owner_.now())) {
    server_.post(std::move(reading->done));
    --readings_;
    if (next_readings_.empty()) return;
    ++readings_;
    reading = std::move(next_readings_.front());
    next_readings_.pop_front();
  }
  boost::asio::post(io_, [this, reading = std::move(reading)] { work_off(reading); });
}

void HttpService::change(Change change, std::function<void(Result<std::string>)> done) {
  boost::asio::post(io_, [this, change = std::move(change), done = std::move(done)]() mutable {
    auto write = change(owner_.bridge, owner_.now());
    if (!write) {
      server_.post([done = std::move(done), error = write.error()] { done(tl::make_unexpected(error)); });
    } else {
      unanswered_.push_back({*write, std::move(done)});
    }
    owner_.run();
  });
}

/// Not before it is stored: a crash would undo it.
void HttpService::answer_changes() {
  const auto& error = owner_.bridge.store_error();
  std::erase_if(unanswered_, [&](Unanswered& each) {
    if (!owner_.bridge.is_written(each.write) && !error) return false;
    server_.post([done = std::move(each.done), warning = error ? "it is done, but not stored yet: " + *error
                                                               : std::string()] { done(warning); });
    return true;
  });
}

void HttpService::follow() {
  if (feed_.is_wanted()) {
    feed_.look_at(owner_.bridge.fleet_payload(), owner_.bridge.published_payload());
    // Events come before the answers to the changes that they came of.
    if (auto events = feed_.take(owner_.bridge.engine(), owner_.now()); !events.empty()) {
      server_.post(
          [this, events = std::move(events)]() mutable { api_.streams().publish(std::move(events)); });
    }
  }
  if (!unanswered_.empty()) answer_changes();
}

}  // namespace rollcall
