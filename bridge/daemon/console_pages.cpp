// SPDX-License-Identifier: Apache-2.0
#include "bridge/daemon/console_pages.hpp"

#include <string>

namespace rollcall {
namespace {

constexpr std::string_view kPage = "index.html";

/// The page runs its own script and style, and talks to its own bridge. Nothing else, whatever a device is
/// called.
constexpr const char* kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

void answer_page(const CallPointer& call, const ConsoleFile& file) {
  const auto target = console_redirect(call->request.target);
  if (target.empty()) return call->answer(console_answer(file));
  HttpResponse response;
  response.status = 308;
  response.headers.emplace_back("Location", target);
  call->answer(std::move(response));
}

}  // namespace

HttpResponse console_answer(const ConsoleFile& file) {
  HttpResponse response;
  response.content_type = file.content_type;
  response.body = file.bytes;
  response.has_etag = true;
  response.headers.emplace_back("Cache-Control",
                                file.is_immutable ? "public, max-age=31536000, immutable" : "no-cache");
  response.headers.emplace_back("Content-Security-Policy", kPolicy);
  response.headers.emplace_back("Referrer-Policy", "no-referrer");
  return response;
}

std::string console_redirect(std::string_view target) {
  const auto question = target.find('?');
  const auto path = target.substr(0, question);
  if (path.ends_with('/')) return {};
  // Only the name: with the whole path a "//" at its begin would be another host.
  const auto name = path.substr(path.find_last_of('/') + 1);
  return std::string(name) + '/' +
         std::string(question == std::string_view::npos ? "" : target.substr(question));
}

void add_console_pages(Api& api) {
  for (const ConsoleFile& file : console_files()) {
    if (file.path == kPage) {
      api.add_route("GET", "/", Need::nothing, [&file](const CallPointer& call) { answer_page(call, file); });
    } else {
      api.add_route("GET", "/" + std::string(file.path), Need::nothing,
                    [&file](const CallPointer& call) { call->answer(console_answer(file)); });
    }
  }
}

}  // namespace rollcall
