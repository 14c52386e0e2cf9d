// SPDX-License-Identifier: Apache-2.0
#include "bridge/cli/bridge_api.hpp"

#include <thread>
#include <utility>

#include "base/token_file.hpp"
#include "bridge/adapters/http/http_url.hpp"
#include "bridge/adapters/system/api_socket.hpp"
#include "bridge/adapters/system/read_config.hpp"
#include "bridge/cli/subcommands.hpp"

namespace rollcall::cli {
namespace {

constexpr std::chrono::seconds kPatience{60};  // a change is answered when it is stored
constexpr std::chrono::seconds kSilence{40};   // the bridge sends something every 15 s

class HttpBridgeApi final : public BridgeApi {
 public:
  HttpBridgeApi(HttpTarget target, std::string token)
      : target_(std::move(target)), token_(std::move(token)) {}

  Result<HttpReply> ask(const HttpQuestion& question) override {
    return rollcall::ask(target_, with_token(question), kPatience);
  }

  Result<HttpReply> follow(const HttpQuestion& question, const StreamReader& reader) override {
    return read_events(target_, with_token(question), kSilence, reader);
  }

  std::string advice() const override {
    return target_.socket_path.empty()
               ? "the bridge can't be asked: is it running, and is this its address?"
               : "the bridge can't be asked: is one running with this configuration, as this user?";
  }

  void wait(std::chrono::milliseconds time) override { std::this_thread::sleep_for(time); }

 private:
  HttpQuestion with_token(HttpQuestion question) const {
    if (!token_.empty()) question.headers.emplace_back("Authorization", "Bearer " + token_);
    return question;
  }

  const HttpTarget target_;
  const std::string token_;
};

Outcome<std::unique_ptr<BridgeApi>> reach_by_url(const BridgeAddress& address,
                                                 const std::function<void(const std::string&)>& warn) {
  if (const auto url = parse_http_url(address.url); !url)
    return tl::make_unexpected(Failure{kUsage, "--url: " + url.error().message});
  std::string token;
  if (!address.token_file.empty()) {
    auto tokens = read_token_file(address.token_file);
    if (!tokens) return tl::make_unexpected(Failure{kUsage, "--token-file: " + tokens.error().message});
    if (tokens->warning) warn(*tokens->warning);
    token = tokens->tokens.front();
  }
  HttpTarget target{"", address.url, std::nullopt};
  if (!address.ca_file.empty()) target.ca_file = address.ca_file;
  return std::make_unique<HttpBridgeApi>(std::move(target), std::move(token));
}

}  // namespace

Outcome<std::unique_ptr<BridgeApi>> reach_bridge(const BridgeAddress& address,
                                                 const std::function<void(const std::string&)>& warn) {
  if (!address.url.empty()) return reach_by_url(address, warn);
  const auto config = read_config(address.config_file);
  if (!config) return tl::make_unexpected(Failure{kConfiguration, config.error().message});
  return std::make_unique<HttpBridgeApi>(HttpTarget{api_socket_path(config->store_path), "", std::nullopt},
                                         "");
}

}  // namespace rollcall::cli
