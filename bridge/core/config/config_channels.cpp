// SPDX-License-Identifier: Apache-2.0
// The objects `channels.NAME`.
#include <algorithm>
#include <cstddef>
#include <string_view>

#include <fmt/format.h>

#include "base/lower_case.hpp"
#include "base/quoting.hpp"
#include "bridge/core/config/config_sections.hpp"

namespace rollcall {
namespace {

constexpr std::size_t kMostChannels = 100;
constexpr std::size_t kMostHeaders = 20;
constexpr std::size_t kMostRecipients = 50;

struct Scheme {
  std::string_view begin;
  std::uint16_t port;
  bool is_tls;
};
constexpr Scheme kWebSchemes[] = {{"http://", 80, false}, {"https://", 443, true}};
constexpr Scheme kMailSchemes[] = {{"smtp://", 587, false}, {"smtps://", 465, true}};

template <std::size_t count>
const Scheme* scheme_of(const Scheme (&schemes)[count], std::string_view address) {
  for (const Scheme& each : schemes) {
    if (address.starts_with(each.begin)) return &each;
  }
  return nullptr;
}

/// RFC 9110 section 5.6.2.
bool is_header_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

/// An address as mail servers take it in a command: no name before it, no quotes.
bool is_mail_address(std::string_view text) {
  const auto at = text.find('@');
  constexpr std::string_view kNever = " \t<>()[],;:\\\"@";
  const auto is_part = [&](std::string_view part) {
    return !part.empty() && std::all_of(part.begin(), part.end(), [&](char c) {
      return c > ' ' && c < '\x7F' && kNever.find(c) == std::string_view::npos;
    });
  };
  return at != std::string_view::npos && is_part(text.substr(0, at)) && is_part(text.substr(at + 1));
}

class ChannelReader {
 public:
  ChannelReader(const ConfigValue& value, const ConfigNames& names, ChannelConfig& channel)
      : value_(value), names_(names), channel_(channel) {}

  void read() {
    const auto keep = [](std::optional<ConfigValue>& kept) {
      return [&kept](const ConfigValue& each) {
        if (!each.is_fallback()) kept = each;
      };
    };
    value_.read_object<kChannelKeys>({{"webhook", keep(webhook_)},
                                      {"method", keep(method_)},
                                      {"content_type", keep(content_type_)},
                                      {"body", keep(body_)},
                                      {"headers", keep(headers_)},
                                      {"secret_file", keep(secret_file_)},
                                      {"smtp", keep(smtp_)},
                                      {"from", keep(from_)},
                                      {"to", keep(to_)},
                                      {"username", keep(username_)},
                                      {"password_file", keep(password_file_)},
                                      {"subject", keep(subject_)},
                                      {"ca_file", keep(ca_file_)}});
    if (webhook_ && smtp_) {
      smtp_->refuse("a channel has either \"webhook\" or \"smtp\", not both: make it two channels");
    } else if (!webhook_ && !smtp_) {
      value_.refuse("needs \"webhook\" or \"smtp\": where notifications go");
    } else if (webhook_) {
      refuse_keys("smtp", {from_, to_, username_, password_file_, subject_});
      read_webhook();
    } else {
      refuse_keys("webhook", {method_, content_type_, body_, headers_, secret_file_});
      read_mail();
    }
    if (!ca_file_) return;
    channel_.ca_file = read_path(*ca_file_, names_);
    channel_.ca_place = ca_file_->place();
  }

 private:
  static void refuse_keys(std::string_view kind, const std::vector<std::optional<ConfigValue>>& values) {
    for (const auto& each : values) {
      if (each) each->refuse(fmt::format("belongs to a channel with \"{}\"", kind));
    }
  }

  static std::optional<MessageTemplate> read_template(const ConfigValue& value, const std::string& text,
                                                      MessageTemplate::Place place) {
    auto made = MessageTemplate::parse(text, place);
    if (!made) {
      value.refuse(made.error().message);
      return std::nullopt;
    }
    return *std::move(made);
  }

  void read_webhook() {
    WebhookConfig& webhook = channel_.webhook.emplace();
    read_address(webhook);
    if (method_) {
      const auto names = method_->names();
      if (const auto index = method_->one_of()) webhook.method = names[*index];
    }
    if (content_type_) assign(webhook.content_type, content_type_->text());
    if (body_) {
      if (const auto text = body_->long_text())
        webhook.body = read_template(*body_, *text, MessageTemplate::Place::body);
    } else if (content_type_) {
      content_type_->refuse("needs the body that is of this type; without one a CloudEvent is sent, as JSON");
    }
    if (headers_) read_headers(webhook);
    read_secret_file(secret_file_);
    check_secret(webhook);
  }

  void read_address(WebhookConfig& webhook) {
    const auto text = webhook_->text();
    if (!text) return;
    const auto* const scheme = scheme_of(kWebSchemes, *text);
    if (scheme == nullptr || text->find(' ') != std::string::npos) {
      webhook_->refuse(fmt::format("must be an http:// or https:// address, not {}", in_quotes(*text)));
      return;
    }
    const auto rest = std::string_view(*text).substr(scheme->begin.size());
    const auto authority = rest.substr(0, std::min(rest.find_first_of("/?#"), rest.size()));
    // Not repeated: a password has no business in a log.
    if (authority.find('@') != std::string_view::npos) {
      webhook_->refuse(
          "has a user name or a password in it; write \"headers\": {\"Authorization\": \"Basic {secret}\"}, "
          "and what belongs there into a secret_file");
      return;
    }
    if (rest.find('#') != std::string_view::npos) {
      webhook_->refuse("has a # in it, behind which nothing is sent: write %23");
      return;
    }
    const auto host = parse_host_and_port(authority, scheme->port);
    if (!host) {
      webhook_->refuse(fmt::format("must be an http:// or https:// address: {}, not {}", host.error().message,
                                   in_quotes(*text)));
      return;
    }
    webhook.host = host->host;
    assign(webhook.address, read_template(*webhook_, *text, MessageTemplate::Place::address));
  }

  void read_headers(WebhookConfig& webhook) {
    const auto members = headers_->members();
    if (members.size() > kMostHeaders)
      headers_->refuse(fmt::format("has {} headers; at most {} are allowed", members.size(), kMostHeaders));
    for (const auto& member : members) {
      if (!is_header_name(member.name)) {
        member.value.refuse(fmt::format("{} is no name of a header", in_quotes(member.name)));
        return;
      }
      const auto name = lower_case(member.name);
      if (name == "content-type") member.value.refuse("has a key of its own: content_type");
      for (const auto* const own : {"content-length", "transfer-encoding", "host", "connection", "webhook-id",
                                    "webhook-timestamp", "webhook-signature"}) {
        if (name == own) member.value.refuse("is set by Rollcall itself");
      }
      const auto text = member.value.text(kMaxMessageBytes);
      if (!text) return;
      if (auto made = read_template(member.value, *text, MessageTemplate::Place::line))
        webhook.headers.emplace_back(member.name, *std::move(made));
    }
  }

  void read_secret_file(const std::optional<ConfigValue>& file) {
    if (!file) return;
    channel_.secret_file = read_path(*file, names_);
    channel_.secret_place = file->place();
  }

  void check_secret(WebhookConfig& webhook) {
    const auto uses = [](const MessageTemplate& text) { return text.uses("secret"); };
    webhook.is_secret_used = uses(webhook.address) || (webhook.body && uses(*webhook.body)) ||
                             std::any_of(webhook.headers.begin(), webhook.headers.end(),
                                         [&](const auto& header) { return uses(header.second); });
    if (webhook.is_secret_used && !channel_.secret_file)
      webhook_->refuse("the channel uses {secret}, and has no secret_file that holds it");
  }

  void read_mail() {
    MailConfig& mail = channel_.mail.emplace();
    read_server(mail);
    if (from_) {
      assign(mail.from, read_mail_address(*from_, from_->text()));
    } else {
      smtp_->refuse("needs \"from\": whose mail it is");
    }
    if (to_) {
      const auto items = to_->items();
      if (items.empty() || items.size() > kMostRecipients)
        to_->refuse(fmt::format("must have 1 to {} addresses", kMostRecipients));
      for (const auto& item : items) {
        if (auto address = read_mail_address(item, item.text(kMaxTextBytes)))
          mail.to.push_back(*std::move(address));
      }
    } else {
      smtp_->refuse("needs \"to\": whom the mail goes to");
    }
    if (username_) assign(mail.username, username_->text());
    read_secret_file(password_file_);
    if (password_file_ && !username_) password_file_->refuse("needs the username that it belongs to");
    if (username_ && !password_file_) username_->refuse("needs the password_file that belongs to it");
    const auto subject = subject_ ? subject_->text() : std::optional<std::string>("{title}");
    if (subject)
      assign(mail.subject,
             read_template(subject_ ? *subject_ : *smtp_, *subject, MessageTemplate::Place::line));
    if (mail.subject.uses("secret")) subject_->refuse("a password has no place in a subject");
  }

  void read_server(MailConfig& mail) {
    const auto text = smtp_->text();
    if (!text) return;
    constexpr const char* kForms = "smtp://host[:port] or smtps://host[:port]";
    const auto* const scheme = scheme_of(kMailSchemes, *text);
    if (scheme == nullptr) {
      smtp_->refuse(fmt::format("must be {}, not {}", kForms, in_quotes(*text)));
      return;
    }
    const auto rest = std::string_view(*text).substr(scheme->begin.size());
    if (rest.find('@') != std::string_view::npos) {
      smtp_->refuse(
          fmt::format("has a user name or a password in it; they have keys of their own, \"username\" and "
                      "\"password_file\", and this is {}",
                      kForms));
      return;
    }
    const auto address = parse_host_and_port(rest, scheme->port);
    if (!address) {
      smtp_->refuse(
          fmt::format("{} in {}; it must be {}", address.error().message, in_quotes(*text), kForms));
      return;
    }
    mail.host = address->host;
    mail.port = address->port;
    mail.is_tls = scheme->is_tls;
  }

  static std::optional<std::string> read_mail_address(const ConfigValue& value,
                                                      std::optional<std::string> address) {
    if (address && !is_mail_address(*address)) {
      value.refuse(fmt::format("must be an address such as \"ops@example.com\", without a name, not {}",
                               in_quotes(*address)));
      return std::nullopt;
    }
    return address;
  }

  const ConfigValue& value_;
  const ConfigNames& names_;
  ChannelConfig& channel_;
  std::optional<ConfigValue> webhook_, method_, content_type_, body_, headers_, secret_file_;
  std::optional<ConfigValue> smtp_, from_, to_, username_, password_file_, subject_;
  std::optional<ConfigValue> ca_file_;
};

}  // namespace

void define_channels(const ConfigValue& value, const ConfigNames& names, Config& config) {
  const auto members = value.members();
  if (members.size() > kMostChannels)
    value.refuse(fmt::format("has {} channels; at most {} are allowed", members.size(), kMostChannels));
  for (const auto& member : members) {
    if (!is_template_name(member.name)) {
      member.value.refuse(fmt::format("the name of a channel has 1 to 64 of A-Z a-z 0-9 _ -, not {}",
                                      in_quotes(member.name)));
      return;
    }
    ChannelConfig channel;
    channel.name = member.name;
    ChannelReader(member.value, names, channel).read();
    config.channels.push_back(std::move(channel));
  }
}

}  // namespace rollcall
