// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/curl/curl_transfer.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <string_view>

#include "base/lower_case.hpp"
#include "bridge/core/channels/redacted.hpp"
#include "bridge/core/channels/redirect.hpp"

namespace rollcall {
namespace {

constexpr int kMostRedirects = 3;
constexpr long kConnectWithin = 5000;
// An answer that is longer isn't read on: nobody needs it.
constexpr std::size_t kMostReceived = 64 * 1024;
// More than is shown: what is secret in it must not be cut before it is left out.
constexpr std::size_t kMostKept = 2048;

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

}  // namespace

CurlTransfer::CurlTransfer(OutgoingMessage message)
    : message_(std::move(message)), easy_(curl_easy_init()), began_(std::chrono::steady_clock::now()) {
  if (easy_ == nullptr) throw std::bad_alloc();
  result_.number = message_.number;
  CURL* const handle = easy();
  curl_easy_setopt(handle, CURLOPT_PRIVATE, this);
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, error_);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_QUICK_EXIT, 1L);  // who ends doesn't wait for the look-up of a name
  curl_easy_setopt(handle, CURLOPT_PROXY, "");
  curl_easy_setopt(handle, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, kConnectWithin);
  if (!message_.ca_file.empty()) curl_easy_setopt(handle, CURLOPT_CAINFO, message_.ca_file.c_str());
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &take_body);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, &take_header);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, this);
  std::visit([this](const auto& what) { set_up(what); }, message_.what);
  set_time_left();
}

void CurlTransfer::append(List& list, const std::string& text) {
  auto* const longer = curl_slist_append(list.get(), text.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  static_cast<void>(list.release());
  list.reset(longer);
}

void CurlTransfer::set_up(const OutgoingRequest& request) {
  CURL* const handle = easy();
  url_ = request.url;
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_URL, url_.c_str());
  curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(handle, CURLOPT_POST, 1L);
  curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request.body.c_str());
  curl_easy_setopt(handle, CURLOPT_USERAGENT, "rollcall/" ROLLCALL_VERSION);
  for (const auto& header : request.headers) append(headers_, header);
  append(headers_, "Expect:");  // the body is small: it needn't be asked whether it is wanted
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers_.get());
}

void CurlTransfer::set_up(const OutgoingMail& mail) {
  CURL* const handle = easy();
  url_ = mail.url;
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(handle, CURLOPT_URL, url_.c_str());
  const bool has_login = !mail.username.empty();
  // Without a password there is nothing to protect but the mail: better over a certificate that nobody can
  // check than in plain text.
  const bool is_opportunistic = !has_login && mail.url.rfind("smtp://", 0) == 0;
  curl_easy_setopt(handle, CURLOPT_USE_SSL,
                   static_cast<long>(is_opportunistic ? CURLUSESSL_TRY : CURLUSESSL_ALL));
  if (is_opportunistic) {
    curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 0L);
  }
  if (has_login) {
    curl_easy_setopt(handle, CURLOPT_USERNAME, mail.username.c_str());
    curl_easy_setopt(handle, CURLOPT_PASSWORD, mail.password.c_str());
  }
  curl_easy_setopt(handle, CURLOPT_MAIL_FROM, mail.from.c_str());
  for (const auto& each : mail.to) append(recipients_, each);
  curl_easy_setopt(handle, CURLOPT_MAIL_RCPT, recipients_.get());
  curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(handle, CURLOPT_READFUNCTION, &give_mail);
  curl_easy_setopt(handle, CURLOPT_READDATA, this);
  curl_easy_setopt(handle, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(mail.text.size()));
}

void CurlTransfer::set_time_left() {
  const auto passed = std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - began_);
  const auto left = std::max(kSendWithin - passed, Millis{1});
  curl_easy_setopt(easy(), CURLOPT_TIMEOUT_MS, static_cast<long>(left.count()));
}

bool CurlTransfer::goes_on(CURLcode code) {
  long status = 0;
  curl_easy_getinfo(easy(), CURLINFO_RESPONSE_CODE, &status);
  result_.code = status > 0 ? static_cast<std::uint64_t>(status) : 0;
  // Broken off by take_body(): the answer is there, all but its rest.
  const bool is_cut = code == CURLE_WRITE_ERROR && received_ > kMostReceived;
  if (code != CURLE_OK && !is_cut) {
    result_.problem = problem(code);
  } else if (follow()) {
    return true;
  }
  // A mail server's line begins with the code.
  constexpr std::size_t kCodeBytes = 4;
  if (last_line_.size() > kCodeBytes) result_.answer = last_line_.substr(kCodeBytes);
  result_.answer = redacted(std::move(result_.answer), message_);
  result_.took = std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - began_);
  return false;
}

bool CurlTransfer::follow() {
  const char* to = nullptr;
  curl_easy_getinfo(easy(), CURLINFO_REDIRECT_URL, &to);
  // After 303 the answer is to be had by GET: it isn't the receiver's any more.
  const bool is_redirect =
      result_.code == 301 || result_.code == 302 || result_.code == 307 || result_.code == 308;
  if (!is_redirect || to == nullptr) return false;
  if (!may_follow(url_, to)) {
    result_.problem = "it redirects to another server, which isn't followed: a webhook's address is secret";
    return false;
  }
  if (++redirects_ > kMostRedirects) {
    result_.problem = "it redirects again and again";
    return false;
  }
  url_ = to;
  curl_easy_setopt(easy(), CURLOPT_URL, url_.c_str());
  set_time_left();
  result_.answer.clear();
  result_.retry_after.clear();
  received_ = 0;
  return true;
}

/// libcurl's own words name hosts and ports, and no more of an address.
std::string CurlTransfer::problem(CURLcode code) const {
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return "no answer within " + std::to_string(kSendWithin.count() / 1000) + " s";
    case CURLE_LOGIN_DENIED:
      return "the mail server refuses the login";
    case CURLE_USE_SSL_FAILED:
      return "the mail server offers no TLS (STARTTLS), and the password isn't sent without";
    case CURLE_URL_MALFORMAT:
      return "the address can't be used: is there a blank or a line end in the secret?";
    default:
      break;
  }
  const std::string_view words = std::strlen(error_) > 0 ? error_ : curl_easy_strerror(code);
  return redacted(std::string(trimmed(words)), message_);
}

std::size_t CurlTransfer::take_body(const char* data, std::size_t size, std::size_t count, void* transfer) {
  auto& self = *static_cast<CurlTransfer*>(transfer);
  const auto bytes = size * count;
  auto& answer = self.result_.answer;
  answer.append(data, std::min(bytes, kMostKept - answer.size()));
  self.received_ += bytes;
  return self.received_ > kMostReceived ? 0 : bytes;
}

std::size_t CurlTransfer::take_header(const char* data, std::size_t size, std::size_t count, void* transfer) {
  auto& self = *static_cast<CurlTransfer*>(transfer);
  const std::string_view line(data, size * count);
  if (std::holds_alternative<OutgoingMail>(self.message_.what)) {
    self.last_line_ = line.substr(0, kMostKept);
    return line.size();
  }
  constexpr std::string_view kRetryAfter = "retry-after:";
  if (lower_case(line.substr(0, kRetryAfter.size())) == kRetryAfter)
    self.result_.retry_after = trimmed(line.substr(kRetryAfter.size())).substr(0, kMostAnswerBytes);
  return line.size();
}

std::size_t CurlTransfer::give_mail(char* to, std::size_t size, std::size_t count, void* transfer) {
  auto& self = *static_cast<CurlTransfer*>(transfer);
  const auto& text = std::get<OutgoingMail>(self.message_.what).text;
  const auto bytes = text.copy(to, size * count, self.mail_sent_);
  self.mail_sent_ += bytes;
  return bytes;
}

}  // namespace rollcall
