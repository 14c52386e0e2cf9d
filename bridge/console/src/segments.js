// SPDX-License-Identifier: Apache-2.0
// From rows of a timeline to stretches of time in one status. Pure.

/// rows: newest first. Returns stretches from old to new, [{ from, to, status, brokersDoing }…], within [start, end];
/// status null: before the first contact, or not known.
export function segmentsOf(rows, current, start, end) {
  const segments = [];
  let until = end;
  let status = current;
  for (const row of rows) {
    if (row.kind !== "transition") continue;
    const at = Date.parse(row.at);
    const from = Math.max(at, start);
    if (until > from)
      segments.push({
        from,
        to: until,
        status: row.to,
        brokersDoing: row.cause === "broker_lost",
      });
    until = Math.min(until, Math.max(at, start));
    status = row.from;
    if (at <= start) return segments.reverse();
  }
  if (until > start) segments.push({ from: start, to: until, status, brokersDoing: false });
  return segments.reverse();
}

/// Milliseconds in each status, the longest first: [[status, ms]…]; without what isn't known.
export function totalsOf(segments) {
  const totals = new Map();
  for (const each of segments) {
    if (each.status !== null) totals.set(each.status, (totals.get(each.status) ?? 0) + each.to - each.from);
  }
  return [...totals].sort((one, other) => other[1] - one[1]);
}
