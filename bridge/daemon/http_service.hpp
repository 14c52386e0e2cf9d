// SPDX-License-Identifier: Apache-2.0
// The HTTP API with its server, its thread, and its way to the bridge's thread. All calls come from the
// bridge's thread.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <spdlog/logger.h>

#include "bridge/adapters/http/http_server.hpp"
#include "bridge/adapters/sqlite/sqlite_history_reader.hpp"
#include "bridge/adapters/system/clock.hpp"
#include "bridge/core/api/api.hpp"
#include "bridge/core/api/bridge_thread.hpp"
#include "bridge/core/channels/delivery_queue.hpp"
#include "bridge/core/commands/command_feature.hpp"
#include "bridge/core/metrics/transition_counts.hpp"
#include "bridge/core/query/event_feed.hpp"
#include "bridge/daemon/http_secrets.hpp"

namespace rollcall {

class HttpService : private BridgeThread {
 public:
  /// The bridge as the API's calls change it.
  struct Owner {
    Bridge& bridge;
    std::function<Time()> now;
    std::function<void()> run;  ///< what is to follow each change
    const TransitionCounts& transitions;
    DeliveryQueue& deliveries;
    CommandFeature& commands;
  };

  /// All must outlive it.
  HttpService(boost::asio::io_context& io, Owner owner, const Config& config, const HttpSecrets& secrets,
              spdlog::logger& log);
  ~HttpService() override;
  HttpService(const HttpService&) = delete;
  HttpService& operator=(const HttpService&) = delete;

  /// To be added to the bridge's consumers.
  EventFeed& feed() { return feed_; }

  /// Begins to listen, or goes on by another configuration.
  void configure(const Config& config, const HttpSecrets& secrets);

  /// Hands on what has happened, and answers whose change is stored.
  void follow();
  /// True while somebody waits for a change to be stored.
  bool is_waited_for() const { return !unanswered_.empty(); }

  void stop() { server_.stop(); }

 private:
  void read(Portion portion, std::function<void()> done) override;
  void change(Change change, std::function<void(Result<std::string>)> done) override;
  struct Reading {
    Portion portion;
    std::function<void()> done;
  };
  void work_off(std::shared_ptr<Reading> reading);
  void answer_changes();
  ApiPorts ports();
  void metrics(const CallPointer& call);

  boost::asio::io_context& io_;
  const Owner owner_;
  spdlog::logger& log_;
  const std::string store_path_;
  Clock clock_;
  EventFeed feed_;
  struct Unanswered {
    std::uint64_t write;
    std::function<void(Result<std::string>)> done;
  };
  std::vector<Unanswered> unanswered_;
  std::size_t readings_ = 0;  // under way
  std::deque<std::shared_ptr<Reading>>
      next_readings_;            // a list that is being made may take megabytes: few are made at once
  SqliteHistoryReader history_;  // the API's thread alone uses these two
  Api api_;
  HttpServer server_;
};

}  // namespace rollcall
