// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/lifecycle/records.hpp"

namespace rollcall {

TimelineEntry entry_of(const TimelineRow& row) {
  return {row.seq,
          std::string(row.device),
          row.at,
          std::string(row.from),
          std::string(row.to),
          std::string(row.kind),
          std::string(row.cause),
          row.graceful,
          std::string(row.broker),
          std::string(row.client_id),
          std::string(row.address),
          false};
}

TimelineRow row_of(const TimelineEntry& entry) {
  return {entry.device,   entry.at,     entry.from,      entry.to,      entry.kind, entry.cause,
          entry.graceful, entry.broker, entry.client_id, entry.address, entry.seq};
}

}  // namespace rollcall
