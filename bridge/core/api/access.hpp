// SPDX-License-Identifier: Apache-2.0
// Who may ask for what over HTTP: tokens, the console's session cookie, Host and Origin. Pure, not thread
// safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.hpp"
#include "bridge/core/http/http_message.hpp"

namespace rollcall {

struct AccessSettings {
  /// Nothing: there is no such file.
  std::optional<std::vector<std::string>> read_tokens, write_tokens;
  std::vector<std::string> hosts;  ///< by which clients may call the bridge, beside `localhost` and addresses
  std::vector<std::string> cors_origins;  ///< of other pages that may use the API
};

/// What a call needs.
enum class Need : std::uint8_t { nothing, reading, writing };

/// Who asks.
struct Client {
  bool may_write = false;
  std::string name;  ///< the same for each request by one token; never the token itself
};

class Access {
 public:
  /// `random`: unguessable texts for sessions, another one with each call.
  Access(AccessSettings settings, std::function<std::string()> random);

  /// Takes other tokens: sessions that were begun by one that is gone end.
  void configure(AccessSettings settings);

  /// Returns who it is; or the answer that refuses the request.
  std::variant<Client, HttpResponse> admit(const HttpRequest& request, Need need, Time now);

  /// POST and DELETE /api/v1/session. `path`: of the cookie.
  HttpResponse begin_session(const HttpRequest& request, const std::string& token, const std::string& path,
                             Time now);
  HttpResponse end_session(const HttpRequest& request, const std::string& path);

  /// False for a page of another origin that isn't among AccessSettings::cors_origins.
  bool is_own_page(const HttpRequest& request) const {
    return request.header("origin").empty() || is_own_origin(request);
  }

  /// Adds to an answer what a page of another origin needs to read it, if it may.
  void allow_origin(const HttpRequest& request, HttpResponse& response) const;

 private:
  enum class Level : std::uint8_t { none, reading, writing };
  struct Session {
    std::string token;
    Time ends;
  };
  /// Wrong tokens from an address.
  struct Failures {
    unsigned count = 0;
    Time last{};
    Time locked_until{};
  };

  std::optional<HttpResponse> check_host(const HttpRequest& request) const;
  bool is_own_origin(const HttpRequest& request) const;
  Level level_of(std::string_view token) const;
  bool wants_token_to_read() const { return settings_.read_tokens || settings_.write_tokens; }
  const Session* session_of(const HttpRequest& request, Time now);
  std::optional<HttpResponse> locked(const std::string& peer, Time now);
  HttpResponse refuse_token(const std::string& peer, Time now);

  AccessSettings settings_;
  const std::function<std::string()> random_;
  std::map<std::string, Session> sessions_;
  std::map<std::string, Failures> failures_;  // by address
};

}  // namespace rollcall
