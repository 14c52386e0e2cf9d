// SPDX-License-Identifier: Apache-2.0
// The object `http`.
#include <algorithm>

#include <fmt/format.h>

#include "base/quoting.hpp"
#include "bridge/core/config/config_sections.hpp"
#include "topics/identity/address_block.hpp"

namespace rollcall {
namespace {

bool is_loopback(const std::string& host) {
  static const auto kV4 = AddressBlock::parse("127.0.0.0/8");
  static const auto kV6 = AddressBlock::parse("::1");
  const auto address = AddressBlock::parse(host);
  return host == "localhost" || (address && (kV4->contains(*address) || kV6->contains(*address)));
}

bool is_path(std::string_view path) {
  const auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("/-._~").find(c) != std::string_view::npos;
  };
  return path.starts_with('/') && !path.ends_with('/') && path.find("//") == std::string_view::npos &&
         path.find("/.") == std::string_view::npos && std::all_of(path.begin(), path.end(), is_allowed);
}

bool is_host(const std::string& text) {
  const auto parsed = parse_host_and_port(text, 80);
  return parsed && text.find_last_of(":]") == (text.ends_with(']') ? text.size() - 1 : std::string::npos);
}

bool is_origin(const std::string& text) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (text.starts_with(scheme)) return parse_host_and_port(text.substr(scheme.size()), 80).has_value();
  }
  return false;
}

/// Port 0 is a port to listen at, but none to connect to.
Result<HostAndPort> parse_listen(std::string text) {
  const bool is_any_port = text.ends_with(":0");
  if (is_any_port) text.back() = '1';
  auto parsed = parse_host_and_port(text, std::nullopt);
  if (parsed && is_any_port) parsed->port = 0;
  return parsed;
}

class HttpReader {
 public:
  HttpReader(const ConfigNames& names, HttpConfig& http) : names_(names), http_(http) {}

  void read(const ConfigValue& value) {
    std::optional<ConfigValue> listen;
    value.read_object<kHttpKeys>({
        {"listen", [&](const ConfigValue& each) { listen = each; }},
        {"base_path", [&](const ConfigValue& each) { read_base_path(each); }},
        {"public_url", [&](const ConfigValue& each) { read_public_url(each); }},
        {"read_tokens_file",
         [&](const ConfigValue& each) { read_file(each, http_.read_tokens_file, http_.read_tokens_place); }},
        {"write_tokens_file",
         [&](const ConfigValue& each) {
           read_file(each, http_.write_tokens_file, http_.write_tokens_place);
         }},
        {"tls", [&](const ConfigValue& each) { read_tls(each); }},
        {"hosts",
         [&](const ConfigValue& each) {
           read_texts(each, http_.hosts, is_host, R"(a host without a port, such as "rollcall.example.com")");
         }},
        {"cors_origins",
         [&](const ConfigValue& each) {
           read_texts(each, http_.cors_origins, is_origin, R"(an origin such as "https://example.com")");
         }},
        {"max_header_bytes", [&](const ConfigValue& each) { read_count(each, http_.max_header_bytes); }},
        {"max_body_bytes", [&](const ConfigValue& each) { read_count(each, http_.max_body_bytes); }},
        {"request_timeout", [&](const ConfigValue& each) { read_timeout(each); }},
        {"max_connections", [&](const ConfigValue& each) { read_count(each, http_.max_connections); }},
        {"max_streams", [&](const ConfigValue& each) { read_count(each, http_.max_streams); }},
    });
    if (listen) read_listen(*listen);
  }

 private:
  void read_listen(const ConfigValue& value) {
    if (value.is_null()) {
      http_.listen.clear();
      return;
    }
    const auto listen = value.text();
    if (!listen) return;
    const auto address = parse_listen(*listen);
    if (!address) {
      value.refuse(fmt::format("{} in {}; it must be host:port such as \"127.0.0.1:8080\"",
                               address.error().message, in_quotes(*listen)));
      return;
    }
    http_.listen = *listen;
    if (is_loopback(address->host) || http_.read_tokens_file || http_.write_tokens_file) return;
    value.refuse(
        fmt::format("{} can be reached by other machines, and without read_tokens_file or write_tokens_file "
                    "all of them could read; name such a file, or listen on \"127.0.0.1:{}\"",
                    in_quotes(*listen), address->port));
  }

  void read_base_path(const ConfigValue& value) {
    const auto path = value.long_text();
    if (!path) return;
    if (!path->empty() && !is_path(*path)) {
      value.refuse(fmt::format("must begin with / and not end with it, such as \"/rollcall\", not {}",
                               in_quotes(*path)));
    }
    http_.base_path = *path;
  }

  void read_public_url(const ConfigValue& value) {
    auto url = value.text();
    if (!url) return;
    const auto scheme = url->find("://");
    const auto slash = scheme == std::string::npos ? scheme : url->find('/', scheme + 3);
    if (!is_origin(url->substr(0, slash)) || url->find_first_of(" ?#") != std::string::npos) {
      value.refuse(fmt::format("must be an address such as \"https://example.com/rollcall\", not {}",
                               in_quotes(*url)));
    }
    while (url->ends_with('/')) url->pop_back();
    http_.public_url = *url;
  }

  void read_file(const ConfigValue& value, std::optional<std::string>& path, std::string& place) {
    if (value.is_null()) return;
    path = read_path(value, names_);
    place = value.place();
  }

  void read_tls(const ConfigValue& value) {
    HttpConfig::Tls tls;
    value.read_object<kHttpTlsKeys>({
        {"certificate_file",
         [&](const ConfigValue& each) { assign(tls.certificate_file, read_path(each, names_)); }},
        {"key_file", [&](const ConfigValue& each) { assign(tls.key_file, read_path(each, names_)); }},
    });
    http_.tls = tls;
    http_.tls_place = value.place();
  }

  static void read_texts(const ConfigValue& value, std::vector<std::string>& to,
                         bool (*is_right)(const std::string&), std::string_view what_is_right) {
    to.clear();
    for (const auto& item : value.items()) {
      const auto text = item.text(kMaxTextBytes);
      if (!text) return;
      if (!is_right(*text)) item.refuse(fmt::format("must be {}, not {}", what_is_right, in_quotes(*text)));
      to.push_back(*text);
    }
  }

  void read_timeout(const ConfigValue& value) {
    const auto timeout = value.duration();
    if (!timeout) return;
    if (*timeout <= Millis{0}) value.refuse("must be above 0");
    http_.request_timeout = *timeout;
  }

  static void read_count(const ConfigValue& value, std::size_t& to) {
    if (const auto count = value.whole_number()) to = static_cast<std::size_t>(*count);
  }

  const ConfigNames& names_;
  HttpConfig& http_;
};

}  // namespace

void read_http(const ConfigValue& value, const ConfigNames& names, Config& config) {
  HttpReader(names, config.http).read(value);
}

}  // namespace rollcall
