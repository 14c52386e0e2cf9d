// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <filesystem>

#include <fmt/format.h>

#include "base/quoting.hpp"
#include "bridge/core/config/config_sections.hpp"

namespace rollcall {
namespace {

constexpr std::uint16_t kMqttPort = 1883;
constexpr std::size_t kMaxHostBytes = 253;  // RFC 1035

bool is_host_name(std::string_view host) {
  return !host.empty() && host.size() <= kMaxHostBytes && std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
  });
}

void read_uri(const ConfigValue& value, BrokerConfig& broker) {
  constexpr std::string_view kScheme = "mqtt://";
  const auto uri = value.text();
  if (!uri) return;
  if (uri->starts_with("mqtts://")) {
    value.refuse("TLS is not in this version; write mqtt://host[:port]");
    return;
  }
  if (!uri->starts_with(kScheme)) {
    value.refuse(fmt::format("must be mqtt://host[:port], not {}", in_quotes(*uri)));
    return;
  }
  // Not repeated: a password has no business in a log.
  if (uri->find('@') != std::string::npos) {
    value.refuse(
        "has a user name or a password in it; they have keys of their own, \"username\" and "
        "\"password_file\", "
        "and the uri is mqtt://host[:port]");
    return;
  }
  const auto address = parse_host_and_port(std::string_view(*uri).substr(kScheme.size()), kMqttPort);
  if (!address) {
    value.refuse(
        fmt::format("{} in {}; it must be mqtt://host[:port]", address.error().message, in_quotes(*uri)));
    return;
  }
  broker.uri = *uri;
  broker.host = address->host;
  broker.port = address->port;
}

void read_client_id(const ConfigValue& value, BrokerConfig& broker) {
  auto id = value.text();
  // U+0080 to U+009F: a broker throws out whoever has one of them.
  for (auto at = id ? id->find('\xC2') : std::string::npos; at != std::string::npos;
       at = id->find('\xC2', at + 1)) {
    if (static_cast<unsigned char>((*id)[at + 1]) < 0xA0) {
      value.refuse("must not have control characters");
      return;
    }
  }
  broker.client_id = std::move(id);
}

/// The address, if the host is one or is known to have it: other names must be looked up.
std::optional<AddressBlock> address_of(const std::string& host) {
  constexpr const char* kLoopback = "127.0.0.1";
  const auto address = AddressBlock::parse(host == "localhost" || host == "::1" ? kLoopback : host);
  return address ? std::optional(*address) : std::nullopt;
}

/// True if it is surely the same broker.
bool is_same_broker(const BrokerConfig& one, const BrokerConfig& other) {
  const auto plain = [](std::string host) {
    std::transform(host.begin(), host.end(), host.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    if (host.ends_with('.')) host.pop_back();
    return host;
  };
  if (one.port != other.port) return false;
  const auto host = plain(one.host);
  const auto address = address_of(host);
  return host == plain(other.host) || (address && address == address_of(plain(other.host)));
}

}  // namespace

Result<HostAndPort> parse_host_and_port(std::string_view text, std::optional<std::uint16_t> default_port) {
  HostAndPort made;
  std::string_view port;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return fail("no ] after the IPv6 address");
    made.host = text.substr(1, close - 1);
    port = text.substr(close + 1);
    if (made.host.find(':') == std::string::npos || !AddressBlock::parse(made.host) ||
        made.host.find('/') != std::string::npos) {
      return fail("no IPv6 address in the brackets");
    }
    if (!port.empty() && !port.starts_with(':')) return fail("something other than a port after the ]");
  } else {
    const auto colon = text.find(':');
    made.host = text.substr(0, colon);
    port = colon == std::string_view::npos ? std::string_view() : text.substr(colon);
    if (port.find(':', 1) != std::string_view::npos)
      return fail("an IPv6 address without [brackets], or two ports");
    if (!is_host_name(made.host)) return fail("no valid host");
  }
  if (port.empty()) {
    if (!default_port) return fail("no port");
    made.port = *default_port;
    return made;
  }
  port.remove_prefix(1);
  const auto* const port_end = port.data() + port.size();
  const auto [end, problem] = std::from_chars(port.data(), port_end, made.port);
  if (problem != std::errc{} || end != port_end || made.port == 0)
    return fail("a port that is not 1 to 65535");
  return made;
}

std::optional<std::string> read_path(const ConfigValue& value, const ConfigNames& names) {
  const auto path = value.text();
  if (!path) return std::nullopt;
  return (std::filesystem::path(names.folder) / *path).string();
}

void read_brokers(const ConfigValue& value, const ConfigNames& names, Config& config) {
  std::vector<BrokerConfig> brokers;
  std::vector<std::string> places;
  const auto items = value.items();
  for (const auto& item : items) {
    BrokerConfig broker;
    std::optional<ConfigValue> name, uri;
    auto& place = places.emplace_back();
    item.read_object<kBrokerKeys>({
        {"name",
         [&](const ConfigValue& each) {
           if (!each.is_fallback()) name = each;
           assign(broker.name, each.text());
         }},
        {"uri",
         [&](const ConfigValue& each) {
           if (!each.is_fallback()) uri = each;
           read_uri(each, broker);
         }},
        {"username", [&](const ConfigValue& each) { assign(broker.username, each.text()); }},
        {"password_file",
         [&](const ConfigValue& each) {
           place = each.place();
           broker.password_file = read_path(each, names);
         }},
        {"client_id", [&](const ConfigValue& each) { read_client_id(each, broker); }},
        {"on_conflict", [&](const ConfigValue& each) { read_enum(each, broker.on_conflict); }},
    });
    const auto earlier = std::find_if(brokers.begin(), brokers.end(),
                                      [&](const BrokerConfig& each) { return each.name == broker.name; });
    if (earlier != brokers.end()) {
      name.value_or(item).refuse(fmt::format("two brokers are named {}{}; each needs a name of its own",
                                             in_quotes(broker.name), name ? "" : " (the default)"));
    }
    const auto same = std::find_if(brokers.begin(), brokers.end(),
                                   [&](const BrokerConfig& each) { return is_same_broker(each, broker); });
    if (same != brokers.end()) {
      uri.value_or(item).refuse(fmt::format(
          "{}{} is the broker {} ({}) once more; one entry is enough, every status goes to each broker",
          in_quotes(broker.uri), uri ? "" : " (the default)", in_quotes(same->name), in_quotes(same->uri)));
    }
    brokers.push_back(std::move(broker));
  }
  if (brokers.empty())
    value.refuse("must name at least one broker; without the key it is mqtt://127.0.0.1:1883");
  config.brokers = std::move(brokers);
  config.password_file_places = std::move(places);
}

}  // namespace rollcall
