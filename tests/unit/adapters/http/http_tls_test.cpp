// SPDX-License-Identifier: Apache-2.0
#include <fstream>

#include "bridge/adapters/http/http_client.hpp"
#include "bridge/adapters/http/tls.hpp"
#include "tests/unit/adapters/http/certificate.hpp"
#include "tests/unit/adapters/http/serving.hpp"

using namespace rollcall;
using namespace std::chrono_literals;

namespace {

struct ServingByTls : Serving {
  HttpTls files{folder + "/certificate.pem", folder + "/key.pem"};

  ServingByTls() {
    write_certificate(files.certificate_file, files.key_file);
    settings.tls = files;
  }

  HttpTarget target(const std::string& ca_file) const { return {"", "https://" + address, ca_file}; }
  Result<HttpReply> get(const std::string& ca_file, const std::string& path = "/x") const {
    return ask(target(ca_file), {"GET", path, {}, ""}, 60s);
  }
};

std::string word_of(const Result<HttpReply>& reply) { return reply ? reply->body : reply.error().message; }

}  // namespace

BOOST_FIXTURE_TEST_SUITE(http_tls, ServingByTls)

BOOST_AUTO_TEST_CASE(requests_streams_and_large_bodies_go_through_it) {
  const std::string large(3'000'000, 'x');
  handler = [&](const HttpRequest& request, const HttpAnswer& answer) {
    if (request.target == "/large") return answer(plain(large));
    if (request.target != "/stream") return answer(plain(request.is_tls ? "tls " + request.body : "plain"));
    HttpResponse response;
    response.content_type = "text/event-stream";
    response.stream = [](const std::shared_ptr<HttpStream>& stream) {
      for (int i = 0; i < 1000; ++i) {
        stream->write(std::make_shared<const std::string>("data: " + std::to_string(i) + "\n\n"));
      }
      stream->end();
    };
    answer(response);
  };
  serve();
  BOOST_TEST(word_of(get(files.certificate_file)) == "tls ");
  BOOST_TEST((word_of(get(files.certificate_file, "/large")) == large));
  const std::string body(60'000, 'b');
  BOOST_TEST((word_of(ask(target(files.certificate_file), {"POST", "/x", {}, body}, 60s)) == "tls " + body));
  int expected = 0;
  const auto read =
      read_events(target(files.certificate_file), {"GET", "/stream", {}, ""}, 60s,
                  [&](const ServerEvent& event) { return event.data == std::to_string(expected++); });
  BOOST_TEST(read.has_value(), word_of(read));
  BOOST_TEST(expected == 1000);
}

BOOST_AUTO_TEST_CASE(a_client_trusts_only_whom_it_was_told_to) {
  const std::string other = folder + "/other.pem";
  write_certificate(other, folder + "/other.key");
  serve();
  BOOST_TEST(has(word_of(get(other)), "its certificate: "));
  const auto by_system = ask({"", "https://" + address, std::nullopt}, {}, 60s);
  BOOST_TEST(has(word_of(by_system), "its certificate: self-signed certificate"));
  BOOST_TEST(has(word_of(get(folder + "/none.pem")), "none.pem: No such file or directory"));
  BOOST_TEST(has(word_of(get(files.key_file)), "holds no certificates in PEM"));
}

BOOST_AUTO_TEST_CASE(who_speaks_no_tls_does_no_harm) {
  serve();
  Wire wire(address);
  wire.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  BOOST_TEST(!has(wire.read_all(), "HTTP/1.1"));
  Wire hello(address);
  hello.send(std::string("\x16\x03\x01\x02\x00\x01\x00", 7));
  BOOST_TEST(word_of(get(files.certificate_file)) == "GET /x ");
}

BOOST_AUTO_TEST_CASE(a_handshake_that_never_ends_is_ended) {
  settings.request_timeout = 40ms;
  serve();
  Wire wire(address);
  wire.send(std::string("\x16\x03\x01", 3));
  BOOST_TEST(wire.read_all() == "");
}

BOOST_AUTO_TEST_CASE(a_new_certificate_is_taken_and_a_bad_one_is_not) {
  serve();
  const std::string before = folder + "/before.pem";
  std::filesystem::copy_file(files.certificate_file, before);
  write_certificate(files.certificate_file, files.key_file, "second");
  BOOST_TEST(word_of(get(before)) == "GET /x ");  // until it is told
  server->apply(settings);
  BOOST_TEST(!get(before));
  BOOST_TEST(word_of(get(files.certificate_file)) == "GET /x ");

  const std::string second = folder + "/second.pem";
  std::filesystem::copy_file(files.certificate_file, second);
  write_certificate(files.certificate_file, folder + "/elsewhere.key", "third");
  server->apply(settings);
  BOOST_TEST(has(error(), "key.pem: is not the certificate's key"));
  BOOST_TEST(word_of(get(second)) == "GET /x ");
  BOOST_TEST(server->address().value() == address);
}

BOOST_AUTO_TEST_CASE(without_a_certificate_nothing_is_served_until_there_is_one) {
  std::filesystem::remove(files.certificate_file);
  serve();
  BOOST_TEST(has(error(), "certificate.pem: No such file or directory; nothing is served by TCP"));
  BOOST_TEST(address == "");
  write_certificate(files.certificate_file, files.key_file);
  server->apply(settings);
  address = server->address().value();
  BOOST_TEST(word_of(get(files.certificate_file)) == "GET /x ");
}

BOOST_AUTO_TEST_CASE(files_are_checked_before_they_are_used) {
  BOOST_TEST(check_tls_files(files).has_value());
  const auto why = [](const HttpTls& wrong) { return check_tls_files(wrong).error().message; };
  BOOST_TEST(has(why({folder, files.key_file}), folder + ": is not a file"));
  BOOST_TEST(has(why({files.key_file, files.key_file}), "key.pem: holds no certificate in PEM"));
  BOOST_TEST(
      has(why({files.certificate_file, files.certificate_file}), "certificate.pem: holds no key in PEM"));
  BOOST_TEST(has(why({files.certificate_file, folder + "/none"}), "/none: No such file"));
}

BOOST_AUTO_TEST_SUITE_END()
