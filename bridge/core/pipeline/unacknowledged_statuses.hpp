// SPDX-License-Identifier: Apache-2.0
// Retained statuses that may not have arrived at every broker: those of devices that wait until their broker
// is synced, and those of forgotten devices, which are cleared.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall {

/// Pure. Not thread safe.
class UnacknowledgedStatuses {
 public:
  /// The device's status with this number may not have arrived. It is published again once its broker is
  /// synced, because only then it is known what has become of the device.
  void await_sync(std::string_view device, std::uint64_t seq) { awaiting_.emplace(device, seq); }
  /// Returns the waiting devices that `is_at_broker` is true of, by name: they are to be published now, and
  /// don't wait any more.
  std::vector<std::string> take_synced(const std::function<bool(std::string_view device)>& is_at_broker);

  /// The device is forgotten: its status is cleared with this number. Kept until that has arrived everywhere.
  void clear(const std::string& device, std::uint64_t seq);
  /// The forgotten devices, with the numbers of their clearings.
  const std::map<std::string, std::uint64_t>& cleared() const { return cleared_; }
  /// Returns the forgotten devices whose clearing has arrived everywhere, and of which nothing is to be kept.
  /// `acked_seq`: what has arrived at all brokers. A device that `is_known` is true of came back: it is
  /// stored as any other, and not returned.
  std::vector<std::string> take_arrived(std::uint64_t acked_seq,
                                        const std::function<bool(std::string_view device)>& is_known);

  /// How far a broker that has acknowledged `acked_seq` is to be stored as up to date: what waits isn't among
  /// what was sent there.
  std::uint64_t limit(std::uint64_t acked_seq) const;

 private:
  std::map<std::string, std::uint64_t> awaiting_, cleared_;
};

}  // namespace rollcall
