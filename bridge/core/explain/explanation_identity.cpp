// SPDX-License-Identifier: Apache-2.0
// Who it is: clients that fight over an id, and names that may have been meant.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/quoting.hpp"
#include "bridge/core/explain/explanation_parts.hpp"
#include "topics/names.hpp"

namespace rollcall {
namespace {

/// Once there and once back is a device that moves; more than that, two that fight.
constexpr std::size_t kAlternationsOfAFight = 3;
constexpr std::size_t kTakeoversOfAFight = 2;

}  // namespace

std::vector<Rivalry> explanation::rivalries_of(const Explanation& it) {
  struct Sightings {
    Rivalry rivalry;
    std::string last;
    std::size_t live = 0;
    bool are_live_apart = false;
  };
  std::map<std::string, Sightings> by_client_id;
  const auto see = [&](const std::string& client_id, const std::string& address) -> Sightings& {
    auto& of_id = by_client_id[client_id];
    of_id.rivalry.client_id = client_id;
    if (address.empty()) return of_id;
    auto& addresses = of_id.rivalry.addresses;
    if (!of_id.last.empty() && of_id.last != address) ++of_id.rivalry.alternations;
    of_id.last = address;
    if (std::find(addresses.begin(), addresses.end(), address) == addresses.end())
      addresses.push_back(address);
    return of_id;
  };
  for (const auto& row : it.rows) {
    if (row.client_id.empty()) continue;
    auto& of_id = see(row.client_id, row.address);
    if (row.cause == to_string(Cause::taken_over)) ++of_id.rivalry.takeovers;
  }
  if (!it.is_connected() && it.was_connected && !it.record.last_end.client_id.empty())
    see(it.record.last_end.client_id, it.record.last_end.address);
  for (const auto& connection : it.record.connections) {
    const auto before = by_client_id[connection.client_id].last;
    auto& of_id = see(connection.client_id, connection.address);
    if (++of_id.live > 1 && before != connection.address) of_id.are_live_apart = true;
  }
  std::vector<Rivalry> found;
  for (const auto& conflict : it.record.conflicts) {
    found.push_back({conflict.client_id, conflict.addresses, 0, conflict.takeovers,
                     Rivalry::Counted{conflict.broker, conflict.began, conflict.last}});
    by_client_id.erase(conflict.client_id);
  }
  for (auto& [client_id, of_id] : by_client_id) {
    const auto& rivalry = of_id.rivalry;
    if (of_id.are_live_apart || rivalry.alternations >= kAlternationsOfAFight ||
        rivalry.takeovers >= kTakeoversOfAFight) {
      found.push_back(rivalry);
    }
  }
  return found;
}

std::string unknown_device(std::string_view device, const std::vector<std::string>& known,
                           const Config& config) {
  constexpr std::size_t kMostNames = 3;
  std::vector<std::string_view> names(known.begin(), known.end());
  std::vector<std::string_view> meant;
  const auto mean = [&](std::string_view name) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end() || meant.size() == kMostNames) return;
    meant.push_back(*found);
    names.erase(found);
  };
  if (const auto decoded = decode_device(device)) mean(*decoded);  // as it stands in a topic
  const auto as_client = identify(config, {device, {}, {}});
  if (as_client) mean(as_client->device);
  while (meant.size() < kMostNames) {
    const auto near = nearest(device, names);
    if (!near) break;
    mean(*near);
  }
  auto line = fmt::format("no device is known as {}", in_quotes(device));
  if (!meant.empty()) line += fmt::format("; did you mean {}?", quoted_list(meant));
  return line;
}

}  // namespace rollcall
