// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/core/config/config_verdict.hpp"

namespace rollcall {
namespace {

BOOST_AUTO_TEST_SUITE(config_http)

BOOST_AUTO_TEST_CASE(http_listens_on_host_and_port) {
  BOOST_TEST(verdict(R"({"http":{"listen":"[::1]:80","read_tokens_file":null,"write_tokens_file":"t"}})") ==
             "ok");
  BOOST_TEST(refuses(R"({"http":{"listen":"127.0.0.1"}})", "must be host:port"));
  BOOST_TEST(refuses(R"({"http":{"listen":"127.0.0.1:99999"}})", "must be host:port"));
  BOOST_TEST(refuses(R"({"http":{"read_tokens_file":1}})", "must be a string"));
  BOOST_TEST(verdict(R"({"http":{"listen":null}})") == "ok");
  BOOST_TEST(verdict(R"({"http":{"listen":"localhost:0"}})") == "ok");
}

BOOST_AUTO_TEST_CASE(without_tokens_http_is_for_this_machine) {
  for (const auto* const listen :
       {"0.0.0.0:80", "[::]:80", "10.0.0.1:80", "example.com:80", "[fe80::1]:80"}) {
    const auto http = std::string(R"({"http":{"listen":")") + listen + '"';
    BOOST_TEST(refuses(http + "}}", "can be reached by other machines"), listen);
    BOOST_TEST(verdict(http + R"(,"read_tokens_file":"t"}})") == "ok", listen);
  }
  for (const auto* const listen : {"127.9.9.9:80", "[::1]:80", "localhost:80"}) {
    BOOST_TEST(verdict(std::string(R"({"http":{"listen":")") + listen + R"("}})") == "ok", listen);
  }
}

BOOST_AUTO_TEST_CASE(what_http_names_is_of_its_kind) {
  for (const auto* const path : {"rollcall", "/rollcall/", "/", "/a//b", "/../b", "/a b", "/a?b"}) {
    BOOST_TEST(refuses(std::string(R"({"http":{"base_path":")") + path + R"("}})", "must begin with /"),
               path);
  }
  BOOST_TEST(parsed(R"({"http":{"base_path":"/a/b-c"}})").http.base_path == "/a/b-c");
  for (const auto* const host : {"a b", "example.com:80", "http://example.com", "[::1]:80"}) {
    BOOST_TEST(refuses(std::string(R"({"http":{"hosts":[")") + host + R"("]}})", "a host without a port"),
               host);
  }
  for (const auto* const origin :
       {"example.com", "https://", "ftp://example.com", "https://example.com/path"}) {
    BOOST_TEST(
        refuses(std::string(R"({"http":{"cors_origins":[")") + origin + R"("]}})", "must be an origin"),
        origin);
  }
  BOOST_TEST(refuses(R"({"http":{"tls":{"certificate_file":"c"}}})", "\"key_file\" is missing"));
  BOOST_TEST(refuses(R"({"http":{"request_timeout":"0s"}})", "must be above 0"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace rollcall
