// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>

#include <fmt/format.h>

#include "base/quoting.hpp"
#include "bridge/core/config/config_sections.hpp"

namespace rollcall {
namespace {

constexpr std::size_t kMaxHostBytes = 253;  // RFC 1035

bool is_host_name(std::string_view host) {
  return !host.empty() && host.size() <= kMaxHostBytes && std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
  });
}

struct Scheme {
  std::string_view begin;
  std::uint16_t port;
  bool is_tls, is_websocket;
};
constexpr std::array kSchemes{
    Scheme{"mqtt://", 1883, false, false},
    Scheme{"mqtts://", 8883, true, false},
    Scheme{"ws://", 80, false, true},
    Scheme{"wss://", 443, true, true},
};
constexpr const char* kUriForms = "mqtt://host[:port], mqtts://host[:port] or ws[s]://host[:port][/path]";
constexpr const char* kDefaultPath = "/mqtt";

/// Of a web address: what a request line may hold, and nothing that a server doesn't see.
bool is_path(std::string_view path) {
  return std::all_of(path.begin(), path.end(), [](char c) { return c > ' ' && c < '\x7F' && c != '#'; });
}

void read_uri(const ConfigValue& value, BrokerConfig& broker) {
  const auto uri = value.text();
  if (!uri) return;
  const auto* const scheme = std::find_if(kSchemes.begin(), kSchemes.end(),
                                          [&](const Scheme& each) { return uri->starts_with(each.begin); });
  if (scheme == kSchemes.end()) {
    value.refuse(fmt::format("must be {}, not {}", kUriForms, in_quotes(*uri)));
    return;
  }
  auto rest = std::string_view(*uri).substr(scheme->begin.size());
  // Not repeated: a password has no business in a log.
  if (rest.find('@') != std::string_view::npos) {
    value.refuse(
        fmt::format("has a user name or a password in it; they have keys of their own, \"username\" and "
                    "\"password_file\", and the uri is {}",
                    kUriForms));
    return;
  }
  std::optional<std::string> path;
  if (scheme->is_websocket) {
    const auto slash = std::min(rest.find('/'), rest.size());
    path = slash < rest.size() ? rest.substr(slash) : kDefaultPath;
    rest = rest.substr(0, slash);
    if (!is_path(*path)) {
      value.refuse(
          fmt::format("the path of {} has characters that must be percent-encoded", in_quotes(*uri)));
      return;
    }
  }
  const auto address = parse_host_and_port(rest, scheme->port);
  if (!address) {
    value.refuse(fmt::format("{} in {}; it must be {}", address.error().message, in_quotes(*uri), kUriForms));
    return;
  }
  broker.uri = *uri;
  broker.host = address->host;
  broker.port = address->port;
  broker.websocket_path = path;
  if (scheme->is_tls) {
    broker.tls.emplace();
  } else {
    broker.tls.reset();
  }
}

void read_tls(const ConfigValue& value, const ConfigNames& names, BrokerConfig& broker, TlsPlaces& places) {
  if (!broker.tls) {
    value.refuse(fmt::format("is for mqtts:// and wss://, and the uri is {}", in_quotes(broker.uri)));
    return;
  }
  auto& tls = *broker.tls;
  std::optional<ConfigValue> ca, certificate, key, verify;
  const auto keep = [](std::optional<ConfigValue>& kept) {
    return [&kept](const ConfigValue& each) { kept = each; };
  };
  value.read_object<kBrokerTlsKeys>({{"ca_file", keep(ca)},
                                     {"certificate_file", keep(certificate)},
                                     {"key_file", keep(key)},
                                     {"verify", keep(verify)}});
  const auto read_file = [&](const std::optional<ConfigValue>& file, std::optional<std::string>& path,
                             std::string& place) {
    if (!file) return;
    path = read_path(*file, names);
    place = file->place();
  };
  read_file(ca, tls.ca_file, places.ca_file);
  read_file(certificate, tls.certificate_file, places.certificate_file);
  read_file(key, tls.key_file, places.key_file);
  if (verify) assign(tls.verify, verify->boolean());
  if (tls.key_file && !tls.certificate_file) key->refuse("needs the certificate_file that it belongs to");
  if (tls.verify) return;
  if (ca) {
    ca->refuse("is of no use while verify is false: leave one of the two out");
  } else {
    verify->warn(
        "is false: whoever is in between can pretend to be this broker, and gets the bridge's secret");
  }
}

/// Paho compares the brackets as well.
bool is_unverifiable(const BrokerConfig& broker) {
  return broker.tls && broker.tls->verify && broker.host.find(':') != std::string::npos;
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
  if (one.port != other.port || one.websocket_path != other.websocket_path) return false;
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
  std::vector<TlsPlaces> tls_places;
  constexpr std::size_t kMostBrokers = 100;
  const auto items = value.items();
  if (items.size() > kMostBrokers) {
    value.refuse(fmt::format("has {} brokers; there may be {} at most", items.size(), kMostBrokers));
    return;
  }
  for (const auto& item : items) {
    BrokerConfig broker;
    std::optional<ConfigValue> name, uri, tls;
    auto& place = places.emplace_back();
    auto& tls_place = tls_places.emplace_back();
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
        {"tls", [&](const ConfigValue& each) { tls = each; }},
        {"client_id", [&](const ConfigValue& each) { read_client_id(each, broker); }},
        {"on_conflict", [&](const ConfigValue& each) { read_enum(each, broker.on_conflict); }},
    });
    if (tls) read_tls(*tls, names, broker, tls_place);  // by the uri, which may come later in the file
    if (is_unverifiable(broker)) {
      uri->refuse(
          "a certificate can't be checked against an IPv6 address; write the name that the certificate has");
    }
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
  config.tls_places = std::move(tls_places);
}

}  // namespace rollcall
