// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/curl/curl_sender.hpp"

#include <atomic>
#include <csignal>
#include <exception>
#include <map>
#include <mutex>
#include <new>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <curl/curl.h>
#include <pthread.h>

#include "bridge/adapters/curl/curl_transfer.hpp"

namespace rollcall {
namespace {

/// Once in a process, before any thread uses the library.
void begin_curl() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (code != CURLE_OK) throw std::bad_alloc();
}

struct MultiCleanup {
  void operator()(CURLM* handle) const { curl_multi_cleanup(handle); }
};
using Multi = std::unique_ptr<CURLM, MultiCleanup>;

Multi make_multi() {
  begin_curl();
  Multi multi(curl_multi_init());
  if (multi == nullptr) throw std::bad_alloc();
  return multi;
}

}  // namespace

class CurlSender::Thread {
 public:
  explicit Thread(Ended ended) : ended_(std::move(ended)), multi_(make_multi()) {
    // No signal is delivered to it: those are for the main thread.
    sigset_t all{};
    sigset_t before{};
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([this] { work(); });
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }

  ~Thread() {
    is_ending_ = true;
    curl_multi_wakeup(multi_.get());
    thread_.join();
  }
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;

  void send(OutgoingMessage message) {
    {
      const std::lock_guard lock(mutex_);
      new_.push_back(std::move(message));
    }
    curl_multi_wakeup(multi_.get());
  }

 private:
  void work() {
    ::pthread_setname_np(::pthread_self(), "sender");
    constexpr int kLookAgainWithin = 1000;
    while (!is_ending_) {
      begin_new();
      int running = 0;
      curl_multi_perform(multi_.get(), &running);
      end_done();
      curl_multi_poll(multi_.get(), nullptr, 0, kLookAgainWithin, nullptr);
    }
    for (const auto& [handle, transfer] : transfers_) curl_multi_remove_handle(multi_.get(), handle);
    transfers_.clear();
  }

  void begin_new() {
    std::vector<OutgoingMessage> messages;
    {
      const std::lock_guard lock(mutex_);
      messages.swap(new_);
    }
    for (auto& message : messages) {
      const auto number = message.number;
      try {
        auto transfer = std::make_unique<CurlTransfer>(std::move(message));
        CURL* const handle = transfer->easy();
        curl_multi_add_handle(multi_.get(), handle);
        transfers_.emplace(handle, std::move(transfer));
      } catch (const std::exception& error) {
        SendResult result;
        result.number = number;
        result.problem = error.what();
        ended_(std::move(result));
      }
    }
  }

  void end_done() {
    int left = 0;
    while (const CURLMsg* const news = curl_multi_info_read(multi_.get(), &left)) {
      if (news->msg != CURLMSG_DONE) continue;
      CURL* const handle = news->easy_handle;
      const CURLcode code = news->data.result;
      curl_multi_remove_handle(multi_.get(), handle);
      const auto found = transfers_.find(handle);
      if (found->second->goes_on(code)) {
        curl_multi_add_handle(multi_.get(), handle);
        curl_multi_wakeup(multi_.get());
        continue;
      }
      ended_(found->second->result());
      transfers_.erase(found);
    }
  }

  const Ended ended_;
  const Multi multi_;
  std::mutex mutex_;
  std::vector<OutgoingMessage> new_;
  std::atomic<bool> is_ending_ = false;
  std::map<CURL*, std::unique_ptr<CurlTransfer>> transfers_;  // the thread's own
  std::thread thread_;                                        // last: it uses all the others
};

CurlSender::CurlSender(Ended ended) : thread_(std::make_unique<Thread>(std::move(ended))) {}
CurlSender::~CurlSender() = default;
void CurlSender::send(OutgoingMessage message) { thread_->send(std::move(message)); }

}  // namespace rollcall
