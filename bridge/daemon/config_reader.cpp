// SPDX-License-Identifier: Apache-2.0
#include "bridge/daemon/config_reader.hpp"

#include <utility>

#include <boost/asio/post.hpp>

#include "bridge/adapters/system/read_config.hpp"

namespace rollcall {

ConfigReader::ConfigReader(boost::asio::io_context& io, std::string file, Handler handler)
    : io_(io), file_(std::move(file)), handler_(std::move(handler)) {}

ConfigReader::~ConfigReader() {
  if (thread_.joinable()) thread_.join();
}

void ConfigReader::read() {
  if (thread_.joinable()) {
    must_read_again_ = true;
    return;
  }
  thread_ = std::thread([this] {
    boost::asio::post(io_, [this, config = read_config(file_)]() mutable {
      thread_.join();
      handler_(std::move(config));
      if (std::exchange(must_read_again_, false)) read();
    });
  });
}

}  // namespace rollcall
