// SPDX-License-Identifier: Apache-2.0
// A server that is running, and the words that its tests use.
#pragma once

#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "bridge/adapters/http/http_server.hpp"
#include "tests/unit/adapters/http/wire.hpp"

namespace rollcall {

/// Values of one thread that another waits for.
template <typename T>
class Arrivals {
 public:
  void put(T value) {
    const std::lock_guard lock(mutex_);
    values_.push_back(std::move(value));
    changed_.notify_all();
  }
  T take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !values_.empty(); });
    auto value = std::move(values_.front());
    values_.pop_front();
    return value;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<T> values_;
};

inline HttpResponse plain(std::string body) {
  HttpResponse response;
  response.content_type = "text/plain; charset=utf-8";
  response.body = std::move(body);
  return response;
}

/// Until serve() nothing runs; what a test sets before is what it is served with.
struct Serving {
  std::string folder = new_folder();
  HttpServerSettings settings;
  HttpServer::Handler handler = [](const HttpRequest& request, const HttpAnswer& answer) {
    answer(plain(request.method + " " + request.target + " " + request.body));
  };
  Arrivals<std::string> lines;  ///< of the log, errors with a "!" in front
  std::unique_ptr<HttpServer> server;
  std::string address;

  Serving() { settings.listen = "127.0.0.1:0"; }
  ~Serving() {
    server.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }
  Serving(const Serving&) = delete;
  Serving& operator=(const Serving&) = delete;

  void serve() {
    server = std::make_unique<HttpServer>(
        handler, [this](bool is_error, const std::string& line) { lines.put((is_error ? "!" : "") + line); });
    server->apply(settings);
    address = server->address().value_or("");
  }
  /// The next line of the log that is an error.
  std::string error() {
    for (;;) {
      auto line = lines.take();
      if (line.front() == '!') return line.substr(1);
    }
  }

 private:
  static std::string new_folder() {
    std::string name = std::filesystem::temp_directory_path() / "rollcall-http-XXXXXX";
    BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
    return name;
  }
};

}  // namespace rollcall
