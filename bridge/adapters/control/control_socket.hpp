// SPDX-License-Identifier: Apache-2.0
// Requests of operators on this machine: a Unix socket beside the store, for the bridge's own user alone. One
// line in, one line out. The server runs on its io_context's thread.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>

#include "base/result.hpp"

namespace rollcall {

/// Where the bridge with this store listens.
std::string control_socket_path(const std::string& store_path);

class ControlServer {
 public:
  /// Called with each line; gives the answer now or later, once, on the io_context's thread.
  using Answer = std::function<void(const std::string& line)>;
  using Handler = std::function<void(const std::string& line, Answer answer)>;

  /// Takes the place of a socket that a dead bridge left: whoever calls it has the store to itself. Removes
  /// the socket at its end. The error names the path.
  static Result<std::unique_ptr<ControlServer>> listen(boost::asio::io_context& io, std::string path,
                                                       Handler handler);
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

 private:
  class Listener;
  explicit ControlServer(std::shared_ptr<Listener> listener);
  std::shared_ptr<Listener> listener_;
};

/// Asks a running bridge and waits some seconds for its answer. The error says that none runs there, or that
/// it doesn't answer.
Result<std::string> ask_bridge(const std::string& path, const std::string& line);

}  // namespace rollcall
