// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/http/compression.hpp"

#include <boost/test/unit_test.hpp>
#include <zlib.h>

#include "bridge/adapters/http/answer_text.hpp"
#include "bridge/adapters/http/etag.hpp"

using namespace rollcall;

namespace {

std::string gunzip(const std::string& bytes) {
  z_stream stream{};
  std::string text(10'000'000, '\0');
  BOOST_REQUIRE(::inflateInit2(&stream, 15 + 16) == Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  BOOST_TEST(::inflate(&stream, Z_FINISH) == Z_STREAM_END);
  text.resize(stream.total_out);
  ::inflateEnd(&stream);
  return text;
}

struct Writing {
  std::string log;
  AnswerWriter writer{[this](const std::string& line) { log += line; }};
  AskedFor asked;
  HttpResponse response;

  Writing() {
    asked.is_get = asked.keeps_alive = true;
    asked.accept_encoding = "gzip, br";
    response.content_type = "application/json";
    response.body = std::string(5000, 'x');
  }
  std::string head() {
    const auto text = writer.write(response, asked);
    return text.substr(0, text.find("\r\n\r\n") + 4);
  }
  std::string body() {
    const auto text = writer.write(response, asked);
    return text.substr(text.find("\r\n\r\n") + 4);
  }
  bool says(const std::string& line) { return head().find("\r\n" + line + "\r\n") != std::string::npos; }
  std::string etag() {
    const auto text = head();
    const auto begin = text.find("ETag: ") + 6;
    return text.substr(begin, text.find("\r\n", begin) - begin);
  }
  int status() { return std::stoi(head().substr(9, 3)); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(compression, Writing)

BOOST_AUTO_TEST_CASE(gzip_is_for_who_takes_it) {
  for (const auto* yes : {"gzip", "x-gzip", "br, GZIP;q=0.5", "*", "gzip;q=0.001", "identity;q=0, *;q=1"}) {
    BOOST_TEST(accepts_gzip(yes), yes);
  }
  for (const auto* no :
       {"", "br", "gzip;q=0", "gzip; Q=0.000", "*;q=0", "gzip;q=0, *", "*, gzip;q=0", "gzipped"}) {
    BOOST_TEST(!accepts_gzip(no), no);
  }
}

BOOST_AUTO_TEST_CASE(gzip_is_for_what_gets_smaller) {
  for (const auto* yes : {"text/html; charset=utf-8", "application/json", "application/problem+json",
                          "image/svg+xml", "text/javascript", "application/javascript", "TEXT/CSS"}) {
    BOOST_TEST(is_compressible(yes), yes);
  }
  for (const auto* no : {"", "image/png", "font/woff2", "text/event-stream", "application/octet-stream"}) {
    BOOST_TEST(!is_compressible(no), no);
  }
}

BOOST_AUTO_TEST_CASE(a_compressed_body_is_the_same_body) {
  BOOST_TEST(says("Content-Encoding: gzip"));
  BOOST_TEST(says("Vary: Accept-Encoding"));
  BOOST_TEST(says("Content-Length: " + std::to_string(body().size())));
  BOOST_TEST(body().size() < 200U);
  BOOST_TEST(gunzip(body()) == response.body);
  response.has_etag = true;
  BOOST_TEST(gunzip(body()) == response.body);
  BOOST_TEST(gunzip(body()) == response.body);  // from the cache
}

BOOST_AUTO_TEST_CASE(what_is_small_or_not_wanted_is_sent_as_it_is) {
  response.body.resize(1024);
  BOOST_TEST(body() == response.body);
  BOOST_TEST(says("Vary: Accept-Encoding"));
  response.body.resize(1025);
  BOOST_TEST(body() != response.body);
  asked.accept_encoding = "gzip;q=0";
  BOOST_TEST(body() == response.body);
  asked.accept_encoding = "gzip";
  response.content_type = "image/png";
  BOOST_TEST(body() == response.body);
  BOOST_TEST(!says("Vary: Accept-Encoding"));
}

BOOST_AUTO_TEST_CASE(an_etag_is_of_the_content_and_of_how_it_is_sent) {
  BOOST_TEST(head().find("ETag") == std::string::npos);
  response.has_etag = true;
  const auto compressed = etag();
  BOOST_TEST(compressed == etag());
  asked.accept_encoding = "";
  const auto as_it_is = etag();
  BOOST_TEST(as_it_is != compressed);
  response.body += "y";
  BOOST_TEST(etag() != as_it_is);
  BOOST_TEST(as_it_is.size() == 34U);
}

BOOST_AUTO_TEST_CASE(who_has_it_already_gets_a_304_without_a_body) {
  response.has_etag = true;
  response.headers = {{"Cache-Control", "max-age=60"}};
  const auto current = etag();
  for (const auto& match : {current, "\"other\", " + current, "W/" + current, std::string("*")}) {
    asked.if_none_match = match;
    BOOST_TEST(status() == 304, match);
    BOOST_TEST(body() == "");
    BOOST_TEST(says("ETag: " + current));
    BOOST_TEST(says("Vary: Accept-Encoding"));
    BOOST_TEST(says("Cache-Control: max-age=60"));
    BOOST_TEST(head().find("Content-Length") == std::string::npos);
  }
  asked.if_none_match = "\"other\"";
  BOOST_TEST(status() == 200);
  asked.if_none_match = current;
  asked.is_get = false;
  BOOST_TEST(status() == 200);
  asked.is_get = true;
  response.status = 404;
  BOOST_TEST(status() == 404);
}

BOOST_AUTO_TEST_CASE(an_answer_without_content_has_no_length_and_one_without_a_body_has_0) {
  response.content_type.clear();
  BOOST_TEST(body() == "");
  BOOST_TEST(says("Content-Length: 0"));
  response.status = 204;
  BOOST_TEST(head().find("Content-Length") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(no_header_can_smuggle_another) {
  response.headers = {
      {"X-A", "a\nb"}, {"X B", "c"}, {"", "d"}, {"X-E", std::string("e\0f", 3)}, {"X-G", "g"}};
  const auto text = head();
  for (const auto* each : {"X-A", "X B", "X-E"}) BOOST_TEST(text.find(each) == std::string::npos, each);
  BOOST_TEST(says("X-G: g"));
  BOOST_TEST(log.find("X-A") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_cache_forgets_what_was_asked_for_the_longest_time_ago) {
  CompressionCache cache(200);
  std::string noise;
  for (unsigned i = 0, each = 1; i < 60; ++i, each = each * 1103515245 + 12345)
    noise += static_cast<char>(each >> 16);
  const auto first = cache.get("a", noise);
  cache.get("b", noise + "b");
  BOOST_TEST(cache.get("a", "not looked at") == first);
  cache.get("c", noise + "c");  // instead of b
  BOOST_TEST(cache.get("a", "not looked at") == first);
  BOOST_TEST(gunzip(*cache.get("b", "looked at")) == "looked at");
  BOOST_TEST(cache.bytes() <= 200U);
}

BOOST_AUTO_TEST_SUITE_END()
