// SPDX-License-Identifier: Apache-2.0
// The objects `channels.NAME`.
#include "tests/unit/core/config/config_verdict.hpp"

using namespace rollcall;

namespace {

std::string channel(const std::string& keys) { return R"({"channels":{"ops":{)" + keys + "}}}"; }
ChannelConfig read(const std::string& keys) { return parsed(channel(keys)).channels.at(0); }

const std::string kMail = R"("smtp":"smtps://mail.example","from":"a@b.c","to":["d@e.f"])";

}  // namespace

BOOST_AUTO_TEST_SUITE(config_channels)

BOOST_AUTO_TEST_CASE(a_webhook_needs_no_more_than_its_address) {
  const auto ops = read(R"("webhook":"https://Hooks.example:8443/a?b")");
  BOOST_TEST(ops.name == "ops");
  BOOST_TEST(ops.host() == "Hooks.example");
  BOOST_TEST(ops.webhook->method == "POST");
  BOOST_TEST(!ops.webhook->body.has_value());
  BOOST_TEST(!ops.is_signed());
}

BOOST_AUTO_TEST_CASE(a_secret_signs_unless_something_uses_it) {
  BOOST_TEST(read(R"("webhook":"http://x","secret_file":"s")").is_signed());
  for (const auto* const keys :
       {R"("webhook":"http://x/{secret}","secret_file":"s")",
        R"("webhook":"http://x","secret_file":"s","body":"{secret:json}")",
        R"("webhook":"http://x","secret_file":"s","headers":{"A":"Bearer {secret}"})"}) {
    BOOST_TEST(!read(keys).is_signed(), keys);
  }
  BOOST_TEST(refuses(channel(R"("webhook":"http://x/{secret}")"),
                     "channels.ops.webhook: the channel uses {secret}, and has no secret_file"));
}

BOOST_AUTO_TEST_CASE(mail_has_a_server_a_sender_and_recipients) {
  const auto mail = read(kMail + R"(,"username":"u","password_file":"p")");
  BOOST_TEST(mail.mail->host == "mail.example");
  BOOST_TEST(mail.mail->port == 465);
  BOOST_TEST(mail.mail->is_tls);
  BOOST_TEST(mail.secret_file.has_value());
  const auto plain =
      read(R"("smtp":"smtp://[::1]","from":"a@b.c","to":["d@e.f","g@h.i"],"subject":"{device}")");
  BOOST_TEST(plain.mail->host == "::1");
  BOOST_TEST(plain.mail->port == 587);
  BOOST_TEST(!plain.mail->is_tls);
  BOOST_TEST(plain.mail->to.size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_channel_has_one_way_out) {
  BOOST_TEST(refuses(channel(""), "channels.ops: needs \"webhook\" or \"smtp\""));
  BOOST_TEST(refuses(channel(kMail + R"(,"webhook":"http://x")"), "channels.ops.smtp: a channel has either"));
  BOOST_TEST(
      refuses(channel(kMail + R"(,"body":"x")"), "channels.ops.body: belongs to a channel with \"webhook\""));
  BOOST_TEST(refuses(channel(kMail + R"(,"secret_file":"x")"), "belongs to a channel with \"webhook\""));
  BOOST_TEST(refuses(channel(R"("webhook":"http://x","to":["a@b.c"])"),
                     "channels.ops.to: belongs to a channel with \"smtp\""));
  BOOST_TEST(refuses(R"({"channels":{"a b":{"webhook":"http://x"}}})", "the name of a channel has 1 to 64"));
}

BOOST_AUTO_TEST_CASE(addresses_are_checked_and_logins_in_them_not_repeated) {
  for (const auto* const url :
       {"ftp://x", "https://", "https:///x", "x", "http://a b", "http://a:0", "http://a:b"})
    BOOST_TEST(refuses(channel(R"("webhook":")" + std::string(url) + '"'),
                       "channels.ops.webhook: must be an http:// or"),
               url);
  const auto said = verdict(channel(R"("webhook":"https://user:hidden@x/y")"));
  BOOST_TEST(said.find("has a user name or a password in it") != std::string::npos);
  BOOST_TEST(said.find("hidden") == std::string::npos);
  BOOST_TEST(refuses(channel(R"("webhook":"https://x/#general")"), "write %23"));
  BOOST_TEST(refuses(channel(R"("webhook":"https://x/{device}")"), "in an address write {device:url}"));
  BOOST_TEST(refuses(channel(R"("webhook":"https://{device:url}/x")"), "must be an http:// or"));
  BOOST_TEST(
      refuses(channel(R"("smtp":"mail.example","from":"a@b.c","to":["d@e.f"])"), "must be smtp://host"));
  BOOST_TEST(refuses(channel(R"("smtp":"smtp://u:p@m","from":"a@b.c","to":["d@e.f"])"), "keys of their own"));
}

BOOST_AUTO_TEST_CASE(nothing_begins_a_header_or_a_command_of_its_own) {
  BOOST_TEST(refuses(channel(R"("webhook":"http://x","headers":{"A":"b\r\nC: d"})"), "control characters"));
  BOOST_TEST(
      refuses(channel(R"("webhook":"http://x","headers":{"A b":"c"})"), "\"A b\" is no name of a header"));
  BOOST_TEST(refuses(channel(R"("webhook":"http://x","headers":{"A\r\nB":"c"})"), "is no name of a header"));
  BOOST_TEST(refuses(channel(R"("webhook":"http://x","headers":{"Content-Length":"1"})"), "set by Rollcall"));
  BOOST_TEST(refuses(channel(R"("webhook":"http://x","headers":{"content-type":"a/b"})"), "content_type"));
  for (const auto* const address :
       {"a", "a@", "@b", "a@b>", "A <a@b>", "a@b,c@d", "a b@c", "a@b\\r\\nRCPT TO:<c@d>"}) {
    BOOST_TEST(
        verdict(channel(R"("smtp":"smtp://m","to":["d@e.f"],"from":")" + std::string(address) + '"')) != "ok",
        address);
    BOOST_TEST(verdict(channel(R"("smtp":"smtp://m","from":"d@e.f","to":[")" + std::string(address) +
                               "\"]")) != "ok",
               address);
  }
  BOOST_TEST(refuses(channel(kMail + R"(,"subject":"a\r\nBcc: x")"), "control characters"));
}

BOOST_AUTO_TEST_CASE(what_belongs_together_is_there_together) {
  BOOST_TEST(refuses(channel(R"("smtp":"smtp://m","to":["d@e.f"])"), "needs \"from\""));
  BOOST_TEST(refuses(channel(R"("smtp":"smtp://m","from":"d@e.f")"), "needs \"to\""));
  BOOST_TEST(refuses(channel(R"("smtp":"smtp://m","from":"d@e.f","to":[])"), "1 to 50 addresses"));
  BOOST_TEST(refuses(channel(kMail + R"(,"username":"u")"), "needs the password_file"));
  BOOST_TEST(refuses(channel(kMail + R"(,"password_file":"u")"), "needs the username"));
  BOOST_TEST(refuses(channel(kMail + R"(,"subject":"{secret}")"), "no place in a subject"));
  BOOST_TEST(refuses(channel(R"("webhook":"http://x","content_type":"a/b")"), "needs the body"));
  BOOST_TEST(refuses(channel(R"("webhook":"http://x","method":"GET")"), "must be one of \"POST\", \"PUT\""));
}

BOOST_AUTO_TEST_CASE(unknown_placeholders_are_named_with_their_place) {
  BOOST_TEST(refuses(channel(R"("webhook":"http://x","body":"{txt}")"),
                     "channels.ops.body: there is no placeholder {txt}, did you mean {text}?"));
  BOOST_TEST(refuses(channel(R"("webhook":"http://x","headers":{"Title":"{nobody}"})"),
                     "channels.ops.headers.Title: there is no placeholder {nobody}"));
  BOOST_TEST(refuses(channel(kMail + R"(,"subject":"{text:xml}")"),
                     "channels.ops.subject: {text:xml} has the form"));
}

BOOST_AUTO_TEST_SUITE_END()
