// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/api/access.hpp"

#include <boost/test/unit_test.hpp>

namespace rollcall {
namespace {

using namespace std::chrono_literals;
using Tokens = std::optional<std::vector<std::string>>;

struct Fixture {
  int sessions = 0;
  Time now{std::chrono::hours{24} * 20000};
  Access access{{}, [this] { return "session" + std::to_string(++sessions); }};
  HttpRequest request;

  Fixture() {
    request.peer = "127.0.0.1";
    request.headers["host"] = "127.0.0.1:8080";
  }
  void configure(Tokens read, Tokens write) { access.configure({std::move(read), std::move(write), {}, {}}); }
  void bearer(const std::string& token) { request.headers["authorization"] = "Bearer " + token; }
  /// 0: it is admitted.
  int status(Need need) {
    const auto admitted = access.admit(request, need, now);
    const auto* const refused = std::get_if<HttpResponse>(&admitted);
    return refused == nullptr ? 0 : refused->status;
  }
  std::string begin_session(const std::string& token) {
    const auto response = access.begin_session(request, token, "", now);
    for (const auto& [name, value] : response.headers) {
      if (name == "Set-Cookie") return value;
    }
    return std::to_string(response.status);
  }
};

BOOST_FIXTURE_TEST_SUITE(access_suite, Fixture)

BOOST_AUTO_TEST_CASE(without_tokens_everybody_reads_and_nobody_writes) {
  BOOST_TEST(status(Need::reading) == 0);
  BOOST_TEST(status(Need::writing) == 403);
}

BOOST_AUTO_TEST_CASE(the_unix_socket_may_do_all) {
  configure(Tokens{{"r"}}, std::nullopt);
  request.is_own_user = true;
  request.headers["host"] = "whatever.example";
  BOOST_TEST(status(Need::writing) == 0);
}

BOOST_AUTO_TEST_CASE(where_there_are_tokens_reading_needs_one) {
  configure(std::nullopt, Tokens{{"w"}});
  BOOST_TEST(status(Need::reading) == 401);
  BOOST_TEST(status(Need::nothing) == 0);
  bearer("w");
  BOOST_TEST(status(Need::reading) == 0);
  BOOST_TEST(status(Need::writing) == 0);
}

BOOST_AUTO_TEST_CASE(a_token_to_read_does_not_write) {
  configure(Tokens{{"r"}}, Tokens{{"w"}});
  bearer("r");
  BOOST_TEST(status(Need::reading) == 0);
  BOOST_TEST(status(Need::writing) == 403);
}

BOOST_AUTO_TEST_CASE(what_is_nearly_a_token_is_none) {
  configure(Tokens{{"secret"}}, std::nullopt);
  for (const char* const token : {"secre", "secrets", "Secret", "secret x", "", "secretsecret"}) {
    bearer(token);
    now += 1h;
    BOOST_TEST(status(Need::reading) == 401, token);
  }
  request.headers["authorization"] = "Basic secret";
  now += 1h;
  BOOST_TEST(status(Need::reading) == 401);
}

BOOST_AUTO_TEST_CASE(wrong_tokens_are_slowed_down_by_address) {
  configure(Tokens{{"secret"}}, std::nullopt);
  bearer("wrong");
  int refused = 0;
  for (int i = 0; i < 20; ++i) refused += status(Need::reading) == 429 ? 1 : 0;
  BOOST_TEST(refused > 10);
  bearer("secret");
  BOOST_TEST(status(Need::reading) == 429);  // else it could be found out by trying
  request.peer = "127.0.0.2";
  BOOST_TEST(status(Need::reading) == 0);
  request.peer = "127.0.0.1";
  now += 10min;
  BOOST_TEST(status(Need::reading) == 0);
}

BOOST_AUTO_TEST_CASE(a_host_that_is_not_known_is_refused) {
  for (const char* const host :
       {"localhost", "localhost:80", "LOCALHOST", "10.0.0.1:8080", "[::1]:8080", "[::1]"}) {
    request.headers["host"] = host;
    BOOST_TEST(status(Need::reading) == 0, host);
  }
  for (const char* const host : {"evil.example", "evil.example:8080", "127.0.0.1.evil.example", "[evil]"}) {
    request.headers["host"] = host;
    BOOST_TEST(status(Need::reading) == 421, host);
    BOOST_TEST(status(Need::nothing) == 421, host);
  }
  access.configure({{}, {}, {"evil.example"}, {}});
  request.headers["host"] = "Evil.example:8080";
  BOOST_TEST(status(Need::reading) == 0);
}

BOOST_AUTO_TEST_CASE(a_page_of_another_origin_changes_nothing) {
  configure(std::nullopt, Tokens{{"w"}});
  bearer("w");
  request.headers["origin"] = "https://evil.example";
  BOOST_TEST(status(Need::writing) == 403);
  request.headers["origin"] = "null";
  BOOST_TEST(status(Need::writing) == 403);
  request.headers["origin"] = "http://127.0.0.1:8080";
  BOOST_TEST(status(Need::writing) == 0);
}

BOOST_AUTO_TEST_CASE(a_session_stands_for_its_token) {
  configure(Tokens{{"r"}}, Tokens{{"w"}});
  const auto cookie = begin_session("w");
  BOOST_TEST(cookie.starts_with("rollcall_session=session1; Path=/; Max-Age="));
  BOOST_TEST(cookie.ends_with("; HttpOnly; SameSite=Strict"));
  request.headers["cookie"] = "other=1; rollcall_session=session1";
  BOOST_TEST(status(Need::reading) == 0);
  BOOST_TEST(status(Need::writing) == 403);  // no Origin
  request.headers["origin"] = "http://127.0.0.1:8080";
  BOOST_TEST(status(Need::writing) == 0);
  access.end_session(request, "");
  BOOST_TEST(status(Need::reading) == 401);
}

BOOST_AUTO_TEST_CASE(a_session_ends_with_its_token_and_its_time) {
  configure(Tokens{{"r"}}, std::nullopt);
  request.is_tls = true;
  BOOST_TEST(begin_session("r").ends_with("; Secure"));
  request.headers["cookie"] = "rollcall_session=session1";
  BOOST_TEST(status(Need::reading) == 0);
  now += 31 * 24h;
  BOOST_TEST(status(Need::reading) == 401);
  begin_session("r");
  request.headers["cookie"] = "rollcall_session=session2";
  BOOST_TEST(status(Need::reading) == 0);
  configure(Tokens{{"other"}}, std::nullopt);
  BOOST_TEST(status(Need::reading) == 401);
}

BOOST_AUTO_TEST_CASE(no_session_begins_by_a_wrong_token) {
  configure(Tokens{{"r"}}, std::nullopt);
  BOOST_TEST(begin_session("x") == "401");
  BOOST_TEST(begin_session("") == "401");
}

BOOST_AUTO_TEST_CASE(only_configured_origins_may_read_across) {
  access.configure({{}, {}, {}, {"https://grafana.example"}});
  HttpResponse response;
  request.headers["origin"] = "https://grafana.example";
  access.allow_origin(request, response);
  BOOST_REQUIRE(response.headers.size() == 3U);
  BOOST_TEST(response.headers[0].first == "Vary");
  BOOST_TEST(response.headers[0].second == "Origin");
  BOOST_TEST(response.headers[1].second == "https://grafana.example");
  HttpResponse other;
  request.headers["origin"] = "https://evil.example";
  access.allow_origin(request, other);
  BOOST_TEST(other.headers.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace rollcall
