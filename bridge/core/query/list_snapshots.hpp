// SPDX-License-Identifier: Apache-2.0
// What is left of lists in an order that changes while somebody reads them page by page: kept as it was when
// the first page was read, so that no device comes twice or is left out. Bounded. Pure, not thread safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <vector>

namespace rollcall {

class ListSnapshots {
 public:
  /// Lists are numbered from above `last_number` on.
  explicit ListSnapshots(std::uint64_t last_number) : last_number_(last_number) {}

  static constexpr std::size_t kMostLists = 32;
  static constexpr std::size_t kMostDevices = 2'000'000;

  struct Page {
    std::vector<std::string> devices;
    bool has_more = false;
    std::size_t total = 0;  ///< of the list when it was begun
  };

  /// Keeps a list; returns its number. The one that was read the longest ago may go for it.
  std::uint64_t keep(std::vector<std::string> devices, std::size_t total);
  /// Returns at most `limit` devices from the position `from` on; empty if the list isn't kept any more.
  std::optional<Page> page(std::uint64_t list, std::size_t from, std::size_t limit);

 private:
  struct Kept {
    std::uint64_t number;
    std::vector<std::string> devices;
    std::size_t total;
  };
  std::list<Kept> kept_;  // the one that was read last is the first
  std::size_t device_count_ = 0;
  std::uint64_t last_number_;
};

}  // namespace rollcall
