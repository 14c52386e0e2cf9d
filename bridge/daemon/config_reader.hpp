// SPDX-License-Identifier: Apache-2.0
// Reads the configuration anew: on a thread of its own, for to read and check a large file takes a while.
#pragma once

#include <functional>
#include <string>
#include <thread>

#include <boost/asio/io_context.hpp>

#include "base/result.hpp"
#include "bridge/core/config/config.hpp"

namespace rollcall {

/// All calls come from the io_context's thread, and so does what it says.
class ConfigReader {
 public:
  using Handler = std::function<void(Result<Config>)>;

  /// `io` must outlive it.
  ConfigReader(boost::asio::io_context& io, std::string file, Handler handler);
  ~ConfigReader();  ///< waits until the file is read
  ConfigReader(const ConfigReader&) = delete;
  ConfigReader& operator=(const ConfigReader&) = delete;

  /// Hands the handler what is in the file now, or an error that names the place. While it reads, it will
  /// read once more: the file may have changed.
  void read();

 private:
  boost::asio::io_context& io_;
  const std::string file_;
  const Handler handler_;
  std::thread thread_;
  bool must_read_again_ = false;
};

}  // namespace rollcall
