// SPDX-License-Identifier: Apache-2.0
// The way to the bridge, over HTTP: by its socket on this machine, or by its URL.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include <tl/expected.hpp>

#include "base/result.hpp"
#include "bridge/adapters/http/http_client.hpp"

namespace rollcall::cli {

/// Why a subcommand can't do what it was asked for.
struct Failure {
  int exit_code;
  std::string message;
};
template <typename T>
using Outcome = tl::expected<T, Failure>;

struct BridgeAddress {
  std::string config_file = "rollcall.json";  ///< its store's socket is asked, unless there is a URL
  std::string url, token_file, ca_file;       ///< empty: none
};

class BridgeApi {
 public:
  virtual ~BridgeApi() = default;

  /// Returns the answer, whatever its status. Several threads may ask.
  virtual Result<HttpReply> ask(const HttpQuestion& question) = 0;
  /// As read_events().
  virtual Result<HttpReply> follow(const HttpQuestion& question, const StreamReader& reader) = 0;
  /// What is likely wrong where it gives no answer, as a question.
  virtual std::string advice() const = 0;
  virtual void wait(std::chrono::milliseconds time) = 0;
};

/// Reads the configuration, or the token. Asks nothing yet; `warn` takes lines.
Outcome<std::unique_ptr<BridgeApi>> reach_bridge(const BridgeAddress& address,
                                                 const std::function<void(const std::string&)>& warn);

}  // namespace rollcall::cli
