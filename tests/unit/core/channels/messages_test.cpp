// SPDX-License-Identifier: Apache-2.0
// What a notification becomes on its way out: a CloudEvent, somebody's own body, a mail.
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "base/signing.hpp"
#include "bridge/core/channels/channel_message.hpp"
#include "bridge/core/channels/mail_message.hpp"
#include "bridge/core/channels/message_values.hpp"
#include "bridge/core/channels/webhook_message.hpp"
#include "tests/unit/core/config/config_verdict.hpp"

using namespace rollcall;
using namespace std::chrono_literals;

namespace {

// 2021-01-03T12:00:00Z, a Sunday
constexpr Time kNow{1'609'675'200s};

Notification lost() {
  Notification made;
  made.id = "0123abcd";
  made.device = "pump \"7\"";
  made.status = "offline";
  made.label = "Offline";
  made.previous = "online";
  made.cause = "keepalive_timeout";
  made.text = "pump \"7\" is Offline";
  made.template_name = "pump";
  made.at = kNow;
  made.count = 2;
  return made;
}

Notification incident(bool is_over) {
  Notification made;
  made.id = is_over ? "over" : "began";
  made.kind = is_over ? Notification::Kind::incident_ended : Notification::Kind::incident_began;
  made.text = "20 devices are lost";
  made.at = kNow;
  Incident its;
  its.id = "i1";
  its.what = "main";
  its.began = kNow;
  if (is_over) its.ended = kNow + 5min;
  its.devices = 20;
  its.back = 19;
  its.list = {"a", "b"};
  made.incident = its;
  return made;
}

ChannelConfig channel(const std::string& keys) {
  return parsed(R"({"channels":{"ops":{)" + keys + "}}}").channels.at(0);
}

OutgoingRequest request(const std::string& keys, const std::string& secret = {}) {
  return webhook_message(channel(keys), secret, record_of(lost()), "urn:bridge", kNow);
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

bool has_header(const OutgoingRequest& made, const std::string& line) {
  return std::find(made.headers.begin(), made.headers.end(), line) != made.headers.end();
}

OutgoingMail mail(const Notification& notification, const std::string& more = {}) {
  return mail_message(channel(R"("smtp":"smtp://m.example","from":"a@b.c","to":["d@e.f","g@h.i"])" + more),
                      "hidden", record_of(notification), kNow);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(messages)

BOOST_AUTO_TEST_CASE(without_a_body_it_is_a_cloud_event) {
  const auto made = request(R"("webhook":"https://x/y")");
  BOOST_TEST(made.method == "POST");
  BOOST_TEST(made.url == "https://x/y");
  BOOST_TEST(has_header(made, "Content-Type: application/cloudevents+json; charset=utf-8"));
  BOOST_TEST(made.headers.size() == 1U);
  BOOST_TEST((nlohmann::json::parse(made.body) == nlohmann::json::parse(R"({
    "specversion":"1.0","id":"0123abcd","source":"urn:bridge","type":"io.rollcall.device.status",
    "subject":"pump \"7\"","time":"2021-01-03T12:00:00.000Z","datacontenttype":"application/json",
    "data":{"id":"0123abcd","device":"pump \"7\"","status":"offline","label":"Offline","previous":"online",
      "at":"2021-01-03T12:00:00.000Z","cause":"keepalive_timeout","text":"pump \"7\" is Offline",
      "template":"pump","count":2,"kind":"status"}})")));
}

BOOST_AUTO_TEST_CASE(an_incident_is_one_subject_from_its_beginning_to_its_end) {
  for (const bool is_over : {false, true}) {
    const auto record = record_of(incident(is_over));
    const auto event = nlohmann::json::parse(cloud_event(record, "urn:x"));
    BOOST_TEST(event["type"] == "io.rollcall.device.incident");
    BOOST_TEST(event["subject"] == "incident/i1");
    BOOST_TEST(event["data"]["devices"] == 20);
    BOOST_TEST(is_good_news(record) == is_over);
    BOOST_TEST(value_of(record, "action") == (is_over ? "resolve" : "trigger"));
  }
}

// The example of the specification's reference libraries.
BOOST_AUTO_TEST_CASE(the_signature_is_that_of_standard_webhooks) {
  const std::string secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  const auto made = webhook_message(
      channel(R"("webhook":"http://x","body":"{text}","secret_file":"s")"), secret,
      [] {
        NotificationRecord record;
        record.id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
        record.text = R"({"test": 2432232314})";
        return record;
      }(),
      "", Time{1'614'265'330s});
  BOOST_TEST(has_header(made, "webhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek"));
  BOOST_TEST(has_header(made, "webhook-timestamp: 1614265330"));
  BOOST_TEST(has_header(made, "webhook-signature: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
}

BOOST_AUTO_TEST_CASE(a_key_is_of_its_length_and_never_repeated) {
  BOOST_TEST(signing_key("whsec_" + to_base64(std::string(24, 'k'))).has_value());
  BOOST_TEST(signing_key("whsec_" + to_base64(std::string(64, 'k'))).has_value());
  for (const std::string secret : {"hidden", "whsec_", "whsec_hidden", "whsec_aGlkZGVu"}) {
    const auto key = signing_key(secret);
    BOOST_REQUIRE(!key);
    BOOST_TEST(!has(key.error().message, "hidden"));
  }
  BOOST_TEST(!signing_key("whsec_" + to_base64(std::string(23, 'k'))).has_value());
  BOOST_TEST(!signing_key("whsec_" + to_base64(std::string(65, 'k'))).has_value());
}

BOOST_AUTO_TEST_CASE(own_bodies_addresses_and_headers_are_filled) {
  const auto made = request(
      R"("webhook":"https://x/{device:url}/{secret}","method":"PUT","content_type":"text/plain",
         "body":"{label} {count} {at}","headers":{"Title":"{title}","X-Key":"{secret}"},"secret_file":"s")",
      "s3");
  BOOST_TEST(made.method == "PUT");
  BOOST_TEST(made.url == "https://x/pump%20%227%22/s3");
  BOOST_TEST(made.body == "Offline 2 2021-01-03T12:00:00.000Z");
  BOOST_TEST(has_header(made, "Content-Type: text/plain"));
  BOOST_TEST(has_header(made, "Title: pump \"7\": Offline"));
  BOOST_TEST(has_header(made, "X-Key: s3"));
  BOOST_TEST(made.headers.size() == 3U);
}

BOOST_AUTO_TEST_CASE(every_placeholder_has_a_value) {
  const auto record = record_of(lost());
  for (const auto name : MessageTemplate::names()) {
    if (name != "secret") BOOST_TEST(!value_of(record, name).empty(), name);
  }
  BOOST_TEST(value_of(record, "ends") == "2021-02-02T12:00:00.000Z");
  auto back = lost();
  back.kind = Notification::Kind::recovery;
  BOOST_TEST(value_of(record_of(back), "ends") == value_of(record, "at"));
}

BOOST_AUTO_TEST_CASE(a_mail_has_what_a_mail_has) {
  const auto made = mail(lost());
  BOOST_TEST(made.url == "smtp://m.example:587");
  BOOST_TEST(made.to.size() == 2U);
  BOOST_TEST(made.username.empty());
  BOOST_TEST(made.password.empty());
  const auto body_at = made.text.find("\r\n\r\n");
  BOOST_TEST(made.text.substr(0, body_at) ==
             "Date: Sun, 03 Jan 2021 12:00:00 +0000\r\n"
             "From: a@b.c\r\n"
             "To: d@e.f,\r\n g@h.i\r\n"
             "Subject: pump \"7\": Offline\r\n"
             "Message-ID: <0123abcd@b.c>\r\n"
             "Auto-Submitted: auto-generated\r\n"
             "MIME-Version: 1.0\r\n"
             "Content-Type: text/plain; charset=utf-8\r\n"
             "Content-Transfer-Encoding: base64");
  auto body = made.text.substr(body_at + 4);
  body.erase(std::remove_if(body.begin(), body.end(), [](char c) { return c == '\r' || c == '\n'; }),
             body.end());
  const auto text = from_base64(body);
  BOOST_REQUIRE(text);
  BOOST_TEST(text->starts_with("pump \"7\" is Offline\n\nDevice: pump \"7\"\nStatus: Offline\n"));
  BOOST_TEST(mail(lost(), R"(,"username":"u","password_file":"p")").password == "hidden");
}

BOOST_AUTO_TEST_CASE(a_device_cannot_write_headers) {
  auto made = lost();
  made.device = "x\r\nBcc: evil@example.com\r\n\r\nbody";
  const auto text = mail(made).text;
  BOOST_TEST(has(text, "Subject: x  Bcc: evil@example.com    body: Offline\r\n"));
  BOOST_TEST(!has(text, "\nBcc"));
  const auto sent = webhook_message(channel(R"("webhook":"http://x","headers":{"T":"{device}"})"), {},
                                    record_of(made), "u", kNow);
  BOOST_TEST(has_header(sent, "T: x  Bcc: evil@example.com    body"));
}

BOOST_AUTO_TEST_CASE(subjects_of_any_language_are_encoded_words) {
  BOOST_TEST(mail_header_value("plain", 9) == "plain");
  BOOST_TEST(mail_header_value("Pümpe", 9) == "=?UTF-8?B?UMO8bXBl?=");
  BOOST_TEST(mail_header_value("=?UTF-8?B?WA==?=", 9) == "=?UTF-8?B?PT9VVEYtOD9CP1dBPT0/PQ==?=");
  std::string given;
  for (int i = 0; i < 100; ++i) given += "ä";
  const auto value = mail_header_value(given, 9);
  std::string read;
  std::size_t used = 9;
  for (std::size_t at = 0; at < value.size();) {
    const auto end = std::min(value.find("\r\n ", at), value.size());
    const auto word = value.substr(at, end - at);
    BOOST_TEST(used + word.size() <= 76U);
    const auto part = from_base64(word.substr(10, word.size() - 12));
    BOOST_REQUIRE(part);
    BOOST_TEST(part->size() % 2 == 0U);  // no letter is parted
    read += *part;
    used = 1;
    at = end + 3;
  }
  BOOST_TEST(read == given);
  BOOST_TEST(!mail_header_value(std::string(50, '\xBF'), 9).empty());  // no UTF-8, and it ends
}

BOOST_AUTO_TEST_CASE(a_message_takes_the_channels_files_along) {
  const auto made =
      channel_message(channel(R"("webhook":"http://x/{secret}","secret_file":"s","ca_file":"c")"), "k",
                      record_of(lost()), "u", kNow);
  BOOST_TEST(made.secret == "k");
  BOOST_TEST(made.ca_file == "c");
  BOOST_TEST(event_source(255) == "urn:rollcall:bridge:00000000000000ff");
}

BOOST_AUTO_TEST_CASE(answers_are_described_in_one_line) {
  SendResult result;
  result.problem = "no answer within 10 s";
  BOOST_TEST(described(result) == "no answer within 10 s");
  result = {};
  result.code = 500;
  BOOST_TEST(described(result) == "500");
  result.answer = "oops";
  BOOST_TEST(described(result) == "500 oops");
}

BOOST_AUTO_TEST_SUITE_END()
