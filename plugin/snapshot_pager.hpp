// SPDX-License-Identifier: Apache-2.0
// A snapshot, page by page (docs/protocol.md, "Snapshots"): rows of what there is, written into the event
// stream between the events that go on. Runs on the broker's thread.
#pragma once

#include <cstddef>

#include "plugin/activity_log.hpp"
#include "plugin/broker_state.hpp"
#include "plugin/connection_table.hpp"
#include "plugin/event_stream.hpp"
#include "plugin/report_log.hpp"
#include "topics/protocol/requests.hpp"

namespace rollcall::plugin {

/// Limits of one page: it takes some milliseconds of the broker's loop at most.
inline constexpr std::size_t kMaxPageRows = 2000;
inline constexpr std::size_t kMaxPageBytes = 256UL * 1024;

/// Has no state of its own: the cursor that the bridge sends says where a page begins.
class SnapshotPager {
 public:
  /// All must outlive the pager.
  SnapshotPager(EventStream& stream, const BrokerState& broker_state, ConnectionTable& connections,
                ActivityLog& activity, const ReportLog& reports)
      : stream_(stream),
        broker_state_(broker_state),
        connections_(connections),
        activity_(activity),
        reports_(reports) {}

  /// Emits the page that begins at `cursor`: its rows, then SnapshotMore or SnapshotEnd.
  void emit_page(const request::Snapshot& cursor);

 private:
  struct Page {
    request::Snapshot next;  // the cursor of the page behind this one
    std::size_t rows = 0, bytes = 0;
    bool is_full() const { return rows >= kMaxPageRows || bytes >= kMaxPageBytes; }
    void count(std::size_t row_bytes) {
      ++rows;
      bytes += row_bytes;
    }
  };

  bool emit_rows(Page& page);
  void emit_past(Page& page);
  bool emit_live(Page& page);
  void emit_reports(Page& page);
  void emit_publishings(const Connection& connection);

  EventStream& stream_;
  const BrokerState& broker_state_;
  ConnectionTable& connections_;
  ActivityLog& activity_;
  const ReportLog& reports_;
};

}  // namespace rollcall::plugin
