// SPDX-License-Identifier: Apache-2.0
// Which client ids are fought over (rule 13): clients with one id throw each other out, again and again. Kept
// beside the devices, since few are concerned. Devices are indices into the engine's. Not thread safe: one
// owner.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "base/time.hpp"

namespace rollcall {

class Takeovers {
 public:
  static constexpr Millis kWithin{10'000};     ///< two takeovers of one client id within it are a conflict
  static constexpr Millis kEndsAfter{60'000};  ///< a conflict, without another takeover
  /// A takeover is remembered for so long after it was told: the one that makes it a conflict may be told a
  /// little late.
  static constexpr Millis kRemembered{15'000};
  static constexpr std::size_t kMostAddresses = 8;

  struct ClientId {
    std::uint32_t broker = 0;
    std::string text;
    bool operator<(const ClientId& other) const {
      return std::tie(broker, text) < std::tie(other.broker, other.text);
    }
  };
  struct Conflict {
    Time began, last;                    ///< the first takeover and the last
    std::uint64_t takeovers = 0;         ///< in between, both included
    std::vector<std::string> addresses;  ///< different ones, of the latest rivals; the latest newcomer last
    std::vector<std::size_t> devices;    ///< whose connections they are, as far as they are still known
  };
  using Conflicts = std::map<ClientId, Conflict>;
  using Entry = Conflicts::value_type;

  /// A connection was taken over at `at`, and it is told at `now`. Returns the conflict that it belongs to;
  /// nullptr: none. Valid until it ends.
  Entry* note(const ClientId& client_id, Time at, Time now);
  /// Of a conflict: who fights.
  static void add_address(Conflict& conflict, std::string_view address);
  /// Of a conflict: whose connection it was. Returns true if that device was in no conflict before.
  bool add_device(Entry& conflict, std::size_t device);

  /// Takes over a conflict as it was stored with one of its devices. Returns as add_device() does.
  bool restore(const ClientId& client_id, Conflict stored, std::size_t device);

  /// When the first conflict ends; nothing: there is none.
  std::optional<Time> next_end() const;
  /// Ends that one; there must be one.
  struct Ended {
    std::vector<std::size_t> devices;  ///< those that were in it
    std::vector<std::size_t> freed;    ///< of these, who is in no other one
  };
  Ended end_next();

  /// The wall clock was set by `by`: all times move along (rule 11).
  void clock_stepped(Millis by);
  /// What lies in the future counts as `now`.
  void pull_back(Time now);

  /// This device is in no conflict any more.
  void forget(std::size_t device);
  /// Forgets takeovers that can't become a conflict any more. Cheap if there are none.
  void forget_old(Time now);

  /// By client id.
  template <typename Visit>
  void for_each_of(std::size_t device, const Visit& visit) const {
    const auto found = of_devices_.find(device);
    if (found == of_devices_.end()) return;
    for (const Entry* conflict : found->second) visit(*conflict);
  }

  std::size_t conflict_count() const { return conflicts_.size(); }
  /// Client ids whose latest takeover is remembered.
  std::size_t remembered_count() const { return single_.size(); }
  /// The one with the latest takeover; nullptr: there is none.
  const Entry* latest() const { return by_last_.empty() ? nullptr : *by_last_.rbegin(); }

 private:
  struct Takeover {
    Time at, told;
  };
  using Single = std::map<ClientId, Takeover>;
  struct ByLast {
    bool operator()(const Entry* one, const Entry* other) const {
      return std::tie(one->second.last, one->first) < std::tie(other->second.last, other->first);
    }
  };

  Single single_;  // the latest of each client id, while it is remembered
  std::deque<std::pair<Time, Single::iterator>> in_order_;  // of telling; one that came again is there again
  Conflicts conflicts_;
  std::set<Entry*, ByLast> by_last_;
  std::map<std::size_t, std::vector<Entry*>> of_devices_;  // by client id; of no others
};

}  // namespace rollcall
