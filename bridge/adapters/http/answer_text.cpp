// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/http/answer_text.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "base/quoting.hpp"
#include "bridge/adapters/http/etag.hpp"
#include "bridge/adapters/http/header_text.hpp"
#include "bridge/core/http/problem.hpp"

namespace rollcall {
namespace {

constexpr std::size_t kWorthCompressing = 1024;
constexpr int kFastLevel = 4;  // for what is compressed for one client only

bool has_body(int status) { return status >= 200 && status != 204 && status != 304; }

bool has_header(const HttpResponse& response, std::string_view name) {
  return std::any_of(response.headers.begin(), response.headers.end(),
                     [name](const auto& each) { return lower_case(each.first) == name; });
}

bool is_token(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char each) {
    const bool is_alphanumeric =
        (each >= '0' && each <= '9') || (each >= 'a' && each <= 'z') || (each >= 'A' && each <= 'Z');
    return is_alphanumeric || std::string_view("!#$%&'*+-.^_`|~").find(each) != std::string_view::npos;
  });
}

}  // namespace

std::string AnswerWriter::write(const HttpResponse& response, const AskedFor& asked) {
  if (response.stream) return write_stream_head(response, asked);
  auto head = begin_head(response, asked);
  std::string_view body;
  if (has_body(response.status) && !response.content_type.empty()) body = response.body;
  const bool varies = !body.empty() && is_compressible(response.content_type);
  bool is_compressed = varies && body.size() > kWorthCompressing && accepts_gzip(asked.accept_encoding);

  if (varies) head += "Vary: Accept-Encoding\r\n";
  std::string etag;
  if (response.has_etag && response.status == 200) {
    etag = etag_of(body, is_compressed);
    if (asked.is_get && matches_etag(asked.if_none_match, etag)) {
      const auto line_end = head.find("\r\n");
      return fmt::format("HTTP/1.1 304 {}{}ETag: {}\r\n\r\n", http_status_name(304), head.substr(line_end),
                         etag);
    }
  }
  std::shared_ptr<const std::string> compressed;
  if (is_compressed) {
    compressed = etag.empty() ? std::make_shared<const std::string>(gzip(body, kFastLevel))
                              : compressed_.get(etag, body);
    is_compressed = !compressed->empty();
    if (is_compressed) body = *compressed;
  }
  if (!etag.empty()) add_header(head, "ETag", etag);
  if (is_compressed) head += "Content-Encoding: gzip\r\n";
  if (!response.content_type.empty()) add_header(head, "Content-Type", response.content_type);
  if (has_body(response.status)) head += fmt::format("Content-Length: {}\r\n", body.size());
  head += "\r\n";
  if (!asked.is_head) head += body;
  return head;
}

std::string AnswerWriter::write_stream_head(const HttpResponse& response, const AskedFor& asked) {
  auto head = begin_head(response, asked);
  add_header(head, "Content-Type", response.content_type);
  head += "X-Accel-Buffering: no\r\n";  // nginx would hold events back
  if (!asked.is_http_1_0) head += "Transfer-Encoding: chunked\r\n";
  return head + "\r\n";
}

std::string AnswerWriter::begin_head(const HttpResponse& response, const AskedFor& asked) {
  auto head = fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\nX-Content-Type-Options: nosniff\r\n",
                          response.status, http_status_name(response.status), date());
  if (!asked.keeps_alive) {
    head += "Connection: close\r\n";
  } else if (asked.is_http_1_0) {
    head += "Connection: keep-alive\r\n";
  }
  if (!has_header(response, "cache-control")) head += "Cache-Control: no-store\r\n";
  for (const auto& [name, value] : response.headers) add_header(head, name, value);
  return head;
}

void AnswerWriter::add_header(std::string& head, const std::string& name, const std::string& value) {
  if (!is_token(name) || std::any_of(value.begin(), value.end(), is_control)) {
    log_(fmt::format("an answer's header {} isn't sent: it has control characters", in_quotes(name)));
    return;
  }
  head += name + ": " + value + "\r\n";
}

const std::string& AnswerWriter::date() {
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  if (now != date_at_) {
    date_ = fmt::format("{:%a, %d %b %Y %H:%M:%S GMT}", fmt::gmtime(now));
    date_at_ = now;
  }
  return date_;
}

}  // namespace rollcall
