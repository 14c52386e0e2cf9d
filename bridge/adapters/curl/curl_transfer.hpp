// SPDX-License-Identifier: Apache-2.0
// One message on its way by libcurl. Internal to the room.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include <curl/curl.h>

#include "bridge/core/channels/sender.hpp"

namespace rollcall {

/// Its easy handle is to be given to a multi handle. Stays where it is: libcurl has its address.
class CurlTransfer {
 public:
  explicit CurlTransfer(OutgoingMessage message);
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;

  CURL* easy() const { return easy_.get(); }

  /// The handle is done. True if it is to be given to the multi handle once more: it was sent on to another
  /// place of the same server.
  bool goes_on(CURLcode code);
  /// Returns how it has ended; after goes_on() was false.
  SendResult result() const { return result_; }

 private:
  struct EasyCleanup {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  };
  struct ListFree {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };
  using List = std::unique_ptr<curl_slist, ListFree>;
  static void append(List& list, const std::string& text);

  void set_up(const OutgoingRequest& request);
  void set_up(const OutgoingMail& mail);
  void set_time_left();
  bool follow();
  std::string problem(CURLcode code) const;

  static std::size_t take_body(const char* data, std::size_t size, std::size_t count, void* transfer);
  static std::size_t take_header(const char* data, std::size_t size, std::size_t count, void* transfer);
  static std::size_t give_mail(char* to, std::size_t size, std::size_t count, void* transfer);

  const OutgoingMessage message_;
  std::unique_ptr<CURL, EasyCleanup> easy_;
  List headers_, recipients_;
  const std::chrono::steady_clock::time_point began_;
  std::string url_;
  int redirects_ = 0;
  std::size_t received_ = 0;
  std::size_t mail_sent_ = 0;
  std::string last_line_;  // of what a mail server says
  char error_[CURL_ERROR_SIZE] = {};
  SendResult result_;
};

}  // namespace rollcall
