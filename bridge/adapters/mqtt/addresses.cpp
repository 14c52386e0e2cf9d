// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/mqtt/addresses.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <mutex>

#include <dlfcn.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace rollcall {

using boost::asio::ip::address;

namespace {

struct Answers {
  std::mutex mutex;
  std::list<std::pair<std::string, std::string>> by_host;
};

Answers& answers() {
  static auto& kept = *new Answers;  // Paho's threads go on when main() has ended
  return kept;
}

/// Empty: there is none.
std::string answer_for(const char* host) {
  const std::lock_guard lock(answers().mutex);
  for (const auto& [name, answer] : answers().by_host) {
    if (name == host) return answer;
  }
  return {};
}

int system_getaddrinfo(const char* host, const char* service, const addrinfo* hints, addrinfo** result) {
  static auto* const function = reinterpret_cast<decltype(&::getaddrinfo)>(::dlsym(RTLD_NEXT, "getaddrinfo"));
  return function(host, service, hints, result);
}

}  // namespace

bool is_literal_address(const std::string& host) {
  boost::system::error_code error;
  boost::asio::ip::make_address(host, error);
  return !error;
}

Result<std::vector<address>> look_up(const std::string& host) {
  boost::system::error_code is_name;
  const auto literal = boost::asio::ip::make_address(host, is_name);
  if (!is_name) return std::vector{literal};
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* first = nullptr;
  const int error = system_getaddrinfo(host.c_str(), nullptr, &hints, &first);
  if (error != 0) return fail(error == EAI_SYSTEM ? std::strerror(errno) : ::gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(first, &::freeaddrinfo);
  std::vector<address> found;
  for (const auto* each = first; each != nullptr; each = each->ai_next) {
    if (each->ai_family == AF_INET) {
      sockaddr_in plain{};
      std::memcpy(&plain, each->ai_addr, sizeof plain);
      found.emplace_back(boost::asio::ip::address_v4(ntohl(plain.sin_addr.s_addr)));
    } else if (each->ai_family == AF_INET6) {
      sockaddr_in6 plain{};
      std::memcpy(&plain, each->ai_addr, sizeof plain);
      boost::asio::ip::address_v6::bytes_type bytes;
      std::copy(std::begin(plain.sin6_addr.s6_addr), std::end(plain.sin6_addr.s6_addr), bytes.begin());
      found.emplace_back(boost::asio::ip::address_v6(bytes, plain.sin6_scope_id));
    }
  }
  if (found.empty()) return fail("has no IP address");
  return found;
}

LookupAnswer::LookupAnswer(const std::string& host, const address& address)
    : place_([&] {
        const std::lock_guard lock(answers().mutex);
        return answers().by_host.emplace(answers().by_host.begin(), host, address.to_string());
      }()) {}

LookupAnswer::~LookupAnswer() {
  const std::lock_guard lock(answers().mutex);
  answers().by_host.erase(place_);
}

}  // namespace rollcall

/// Takes the place of the C library's, for Paho as well.
extern "C" int getaddrinfo(const char* host, const char* service, const addrinfo* hints, addrinfo** result) {
  const auto answer = host != nullptr ? rollcall::answer_for(host) : std::string();
  return rollcall::system_getaddrinfo(answer.empty() ? host : answer.c_str(), service, hints, result);
}
