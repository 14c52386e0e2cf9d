// SPDX-License-Identifier: Apache-2.0
#include "plugin/snapshot_pager.hpp"

namespace rollcall::plugin {

void SnapshotPager::emit_page(const request::Snapshot& cursor) {
  const bool is_first = cursor.past_cursor == 0 && cursor.live_cursor == 0 && !cursor.in_live;
  if (is_first) {
    stream_.add(stream::SnapshotBegin{cursor.snapshot, connections_.last_number()});
    broker_state_.emit_all();
  }
  Page page{cursor};
  if (emit_rows(page)) {
    stream_.add(stream::SnapshotEnd{cursor.snapshot});
    activity_.begin_sweep();  // so that the bridge soon has all of it
    return;
  }
  const auto& next = page.next;
  stream_.add(stream::SnapshotMore{cursor.snapshot, next.past_cursor, next.live_cursor, next.in_live,
                                   next.report_cursor});
}

/// Returns true if the page has the last row there is.
bool SnapshotPager::emit_rows(Page& page) {
  if (!page.next.in_live) {
    emit_past(page);
    page.next.in_live = !page.is_full();
  }
  if (!page.next.in_live || !emit_live(page)) return false;
  emit_past(page);  // those that ended between the pages, before their live row was emitted
  if (page.is_full()) return false;
  emit_reports(page);
  return page.next.report_cursor >= reports_.last_number();
}

void SnapshotPager::emit_past(Page& page) {
  const auto& past = connections_.past();
  for (auto row = past.upper_bound(page.next.past_cursor); row != past.end() && !page.is_full(); ++row) {
    const auto& [connection, ended_at, cause, will_sent] = row->second;
    stream_.add(stream::Past{connection.number, connection.opened_at, ended_at, cause, will_sent,
                             views_of(connection.facts)});
    emit_publishings(connection);
    page.count(bytes_of(connection));
    page.next.past_cursor = row->first;
  }
}

/// Returns true if all live connections have been emitted.
bool SnapshotPager::emit_live(Page& page) {
  auto& live = connections_.live();
  auto row = live.upper_bound(page.next.live_cursor);
  for (; row != live.end() && !page.is_full(); ++row) {
    auto& [number, connection] = *row;
    stream_.add(stream::Live{number, connection.opened_at, views_of(connection.facts)});
    activity_.refresh(connection);
    emit_publishings(connection);
    page.count(bytes_of(connection));
    page.next.live_cursor = number;
  }
  return row == live.end();
}

/// What a connection has published: its latest activity and declaration, behind its row.
void SnapshotPager::emit_publishings(const Connection& connection) {
  if (connection.active_at.count() > 0) {
    stream_.add(stream::Active{connection.number, connection.active_at});
  }
  if (const auto& declaration = connection.declaration) {
    stream_.add(stream::Declared{connection.number, declaration->at, declaration->payload});
    ConnectionTable::was_emitted(connection);
  }
}

void SnapshotPager::emit_reports(Page& page) {
  page.next.report_cursor = reports_.emit_from(page.next.report_cursor, [&](std::size_t bytes) {
    if (page.is_full()) return false;
    page.count(bytes);
    return true;
  });
}

}  // namespace rollcall::plugin
