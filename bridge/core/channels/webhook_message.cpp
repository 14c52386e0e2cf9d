// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/channels/webhook_message.hpp"

#include <chrono>

#include <fmt/format.h>

#include "base/json_text.hpp"
#include "base/signing.hpp"
#include "bridge/core/channels/message_values.hpp"

namespace rollcall {
namespace {

constexpr std::string_view kSecretBegin = "whsec_";

std::string type_of(const NotificationRecord& notification) {
  const auto kind = notification.kind.substr(0, notification.kind.find('_'));
  return "io.rollcall.device." + kind;
}

void sign(OutgoingRequest& request, const std::string& key, const std::string& id, Time now) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  const auto signature = to_base64(hmac_sha256(key, fmt::format("{}.{}.{}", id, seconds, request.body)));
  request.headers.push_back("webhook-id: " + id);
  request.headers.push_back(fmt::format("webhook-timestamp: {}", seconds));
  request.headers.push_back("webhook-signature: v1," + signature);
}

}  // namespace

Result<std::string> signing_key(std::string_view secret) {
  constexpr std::size_t kLeastBytes = 24;
  constexpr std::size_t kMostBytes = 64;
  const auto key = secret.starts_with(kSecretBegin) ? from_base64(secret.substr(kSecretBegin.size()))
                                                    : std::optional<std::string>();
  if (!key || key->size() < kLeastBytes || key->size() > kMostBytes) {
    return fail(
        "it must hold whsec_ and the base64 of 24 to 64 bytes, such as the output of: echo "
        "\"whsec_$(openssl rand -base64 32)\"");
  }
  return *key;
}

std::string cloud_event(const NotificationRecord& notification, std::string_view source) {
  return object_of([&](JsonObjectWriter& object) {
    object.string("specversion", "1.0");
    object.string("id", notification.id);
    object.string("source", source);
    object.string("type", type_of(notification));
    object.string("subject", notification.subject);
    object.time("time", notification.at);
    object.string("datacontenttype", "application/json");
    JsonRoom& out = object.key("data");
    char* at = out.next(notification.payload.size());
    out.end(at + notification.payload.copy(at, notification.payload.size()));
  });
}

OutgoingRequest webhook_message(const ChannelConfig& channel, std::string_view secret,
                                const NotificationRecord& notification, std::string_view source, Time now) {
  const WebhookConfig& webhook = *channel.webhook;
  const auto value = [&](std::string_view name) {
    return name == "secret" ? std::string(secret) : value_of(notification, name);
  };
  OutgoingRequest request;
  request.method = webhook.method;
  request.url = webhook.address.fill(value);
  if (webhook.body) {
    request.body = webhook.body->fill(value);
    request.headers.push_back("Content-Type: " +
                              (webhook.content_type.empty() ? "application/json" : webhook.content_type));
  } else {
    request.body = cloud_event(notification, source);
    request.headers.emplace_back("Content-Type: application/cloudevents+json; charset=utf-8");
  }
  for (const auto& [name, text] : webhook.headers) request.headers.push_back(name + ": " + text.fill(value));
  if (channel.is_signed()) {
    if (const auto key = signing_key(secret)) sign(request, *key, notification.id, now);
  }
  return request;
}

}  // namespace rollcall
