// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/http/http_server.hpp"

#include <exception>
#include <future>
#include <mutex>
#include <thread>
#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "bridge/adapters/http/connections.hpp"
#include "bridge/adapters/http/listen_address.hpp"
#include "bridge/adapters/http/listener.hpp"
#include "bridge/adapters/http/tls.hpp"

namespace rollcall {
namespace {

/// Signals are for the threads that wait for them.
std::thread start_without_signals(std::function<void()> work) {
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread thread(std::move(work));
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

}  // namespace

class HttpServer::Core {
 public:
  Core(Handler handler, Log log)
      : log_(std::move(log)), mailbox_(std::make_shared<Mailbox>(io_)), pacer_(io_, mailbox_) {
    context_.handler = std::move(handler);
    context_.log_error = [this](const std::string& line) { log_(true, "HTTP: " + line); };
    context_.writer = AnswerWriter(context_.log_error);
    context_.mailbox = mailbox_;
    context_.ready_streams = pacer_.ready();
    thread_ = start_without_signals([this] { run(); });
  }

  void apply(HttpServerSettings settings);
  void post(std::function<void()> work) { mailbox_->post(std::move(work)); }
  std::optional<std::string> address() const;
  void stop();

 private:
  void run();
  void apply_here(const HttpServerSettings& settings);
  void load_tls(const std::optional<HttpTls>& files);
  void listen_by_tcp(const HttpServerSettings& settings);
  void listen_by_unix_socket(const HttpServerSettings& settings);
  void close_unix_socket();
  void close_all();

  Log log_;
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_ = make_work_guard(io_);
  std::shared_ptr<Mailbox> mailbox_;
  StreamPacer pacer_;
  ConnectionContext context_;
  Connections connections_{io_, context_};
  TlsContext tls_;
  bool needs_tls_ = false;
  std::shared_ptr<Listener> tcp_, unix_socket_;
  std::string listening_on_, socket_path_;
  mutable std::mutex stopping_;
  bool is_stopped_ = false;
  std::thread thread_;
};

void HttpServer::Core::run() {
  for (;;) {
    try {
      io_.run();
      return;
    } catch (const std::exception& error) {  // of a posted function
      log_(true, fmt::format("HTTP: an error in the server's thread: {}", error.what()));
    }
  }
}

void HttpServer::Core::apply(HttpServerSettings settings) {
  const std::lock_guard lock(stopping_);
  if (is_stopped_) return;
  std::promise<void> done;
  mailbox_->post([&] {
    try {
      apply_here(settings);
    } catch (const std::exception& error) {  // whoever waits isn't left waiting
      log_(true, fmt::format("HTTP: the settings can't be applied: {}", error.what()));
    }
    done.set_value();
  });
  done.get_future().wait();
}

void HttpServer::Core::apply_here(const HttpServerSettings& settings) {
  context_.settings = settings;
  load_tls(settings.tls);
  listen_by_tcp(settings);
  listen_by_unix_socket(settings);
}

void HttpServer::Core::load_tls(const std::optional<HttpTls>& files) {
  needs_tls_ = files.has_value();
  if (!files) {
    tls_.reset();
    return;
  }
  auto loaded = load_server_tls(*files);
  if (loaded) {
    tls_ = std::move(*loaded);
  } else if (tls_) {
    log_(true, fmt::format("HTTP: {}; the certificate and key that were read before stay in use",
                           loaded.error().message));
  } else {
    log_(true, fmt::format("HTTP: {}; nothing is served by TCP until that is put right and read again",
                           loaded.error().message));
  }
}

void HttpServer::Core::listen_by_tcp(const HttpServerSettings& settings) {
  // Never without TLS where TLS was asked for.
  const auto address = needs_tls_ && !tls_ ? std::string() : settings.listen;
  if (tcp_ && address == listening_on_) return;
  if (tcp_) tcp_->close();
  tcp_.reset();
  listening_on_ = address;
  if (address.empty()) return;
  tcp_ = std::make_shared<Listener>(io_, Listener::Work{address, [address] { return listen_on_tcp(address); },
                                                        [this](Descriptor socket) {
                                                          connections_.add(
                                                              Connections::Way::tcp, std::move(socket),
                                                              needs_tls_ ? accept_tls(tls_) : nullptr);
                                                        },
                                                        log_, settings.listen_again_after});
  tcp_->start();
}

void HttpServer::Core::listen_by_unix_socket(const HttpServerSettings& settings) {
  const auto path = settings.socket_path;
  if (unix_socket_ && path == socket_path_) return;
  close_unix_socket();
  if (path.empty()) return;
  socket_path_ = path;
  unix_socket_ = std::make_shared<Listener>(
      io_, Listener::Work{fmt::format("\"{}\"", path), [path] { return listen_on_unix(path); },
                          [this](Descriptor socket) {
                            connections_.add(Connections::Way::unix_socket, std::move(socket), nullptr);
                          },
                          log_, settings.listen_again_after});
  unix_socket_->start();
}

void HttpServer::Core::close_unix_socket() {
  if (!unix_socket_) return;
  if (unix_socket_->is_open()) ::unlink(socket_path_.c_str());
  unix_socket_->close();
  unix_socket_.reset();
}

std::optional<std::string> HttpServer::Core::address() const {
  const std::lock_guard lock(stopping_);
  if (is_stopped_) return std::nullopt;
  std::promise<std::string> address;
  mailbox_->post([&] { address.set_value(tcp_ ? tcp_->address() : ""); });
  auto text = address.get_future().get();
  return text.empty() ? std::nullopt : std::optional(std::move(text));
}

void HttpServer::Core::stop() {
  const std::lock_guard lock(stopping_);
  if (std::exchange(is_stopped_, true)) return;
  mailbox_->post([this] { close_all(); });
  mailbox_->close();
  work_.reset();
  thread_.join();
}

void HttpServer::Core::close_all() {
  if (tcp_) tcp_->close();
  close_unix_socket();
  connections_.close_all();
  io_.stop();
}

HttpServer::HttpServer(Handler handler, Log log)
    : core_(std::make_unique<Core>(std::move(handler), std::move(log))) {}

HttpServer::~HttpServer() { stop(); }

void HttpServer::apply(HttpServerSettings settings) { core_->apply(std::move(settings)); }

void HttpServer::post(std::function<void()> work) { core_->post(std::move(work)); }

std::optional<std::string> HttpServer::address() const { return core_->address(); }

void HttpServer::stop() { core_->stop(); }

}  // namespace rollcall
