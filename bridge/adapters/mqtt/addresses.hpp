// SPDX-License-Identifier: Apache-2.0
// Names of hosts. Paho looks them up while all of its connections wait, and tries one address of several.
// So they are looked up before, and Paho's own question is answered here: getaddrinfo() of this process is
// the one of addresses.cpp.
#pragma once

#include <list>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/ip/address.hpp>

#include "base/result.hpp"

namespace rollcall {

/// In the order in which they should be tried, never empty; of a literal address that alone, at once. May
/// take minutes, on any thread.
Result<std::vector<boost::asio::ip::address>> look_up(const std::string& host);

/// As long as it lives, who looks up `host` in this process gets this address, and at once. Not so look_up().
class LookupAnswer {
 public:
  LookupAnswer(const std::string& host, const boost::asio::ip::address& address);
  ~LookupAnswer();
  LookupAnswer(const LookupAnswer&) = delete;
  LookupAnswer& operator=(const LookupAnswer&) = delete;

 private:
  const std::list<std::pair<std::string, std::string>>::iterator place_;
};

/// True if look_up() has nothing to ask.
bool is_literal_address(const std::string& host);

}  // namespace rollcall
