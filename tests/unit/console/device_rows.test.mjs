// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { DeviceRows, matches } from "../../../bridge/console/src/device_rows.js";

const device = (id, changes = {}) => ({
  device: id,
  status: "online",
  template: "pump",
  connected: true,
  flapping: false,
  since: "2026-11-22T10:00:00.000Z",
  last_seen: null,
  seq: 1,
  ...changes,
});

/// Rows over pages that are answered one after the other by answer().
function rowsOver(filter, pages) {
  const asked = [];
  const waiting = [];
  const rows = new DeviceRows(
    filter,
    (query) => {
      asked.push(query);
      return new Promise((resolve) => waiting.push(() => resolve(pages[asked.length - 1] ?? pages.at(-1))));
    },
    () => {},
  );
  const answer = async () => {
    waiting.shift()();
    await new Promise(setImmediate);
  };
  return { rows, asked, answer };
}
const idsOf = (rows) => rows.rows.map((row) => row.payload.device);
const page = (devices, next = null, total = devices.length) => ({ devices, next, total });

test("a filter is decided by a payload where it can be", () => {
  assert.equal(matches({ status: "online,offline" }, device("a")), true);
  assert.equal(matches({ status: "offline" }, device("a")), false);
  assert.equal(matches({ connected: "false" }, device("a")), false);
  assert.equal(matches({ q: "UMP" }, device("pump-1")), true);
  assert.equal(matches({ q: "10.0.0.7" }, device("pump-1")), undefined);
  assert.equal(matches({ broker: "main" }, device("a")), undefined);
});

test("pages are asked for as far as somebody looks", async () => {
  const { rows, asked, answer } = rowsOver({}, [
    page([device("a"), device("b")], "2", 4),
    page([device("c"), device("d")], null, 4),
  ]);
  await answer();
  assert.equal(rows.total, 4);
  rows.want(1);
  assert.equal(asked.length, 1);
  rows.want(3);
  assert.equal(asked[1].cursor, "2");
  await answer();
  assert.deepEqual(idsOf(rows), ["a", "b", "c", "d"]);
});

test("what the stream says while a page is on its way is newer than the page", async () => {
  const { rows, answer } = rowsOver({}, [page([device("a", { seq: 4 }), device("b"), device("c", { seq: 9 })])]);
  rows.apply([device("a", { seq: 5, status: "offline" }), device("c", { seq: 8 })], ["b"], true);
  await answer();
  assert.deepEqual(idsOf(rows), ["a", "c"]);
  assert.equal(rows.rows[0].payload.status, "offline");
  assert.equal(rows.rows[1].payload.seq, 9);
});

test("an older payload changes nothing", async () => {
  const { rows, answer } = rowsOver({}, [page([device("a", { seq: 5 })])]);
  await answer();
  rows.apply([device("a", { seq: 4, status: "offline" })], [], true);
  assert.equal(rows.rows[0].payload.status, "online");
});

test("a newcomer gets its place, and one below the last page comes with its page", async () => {
  const { rows, answer } = rowsOver({}, [page([device("a"), device("d")], "2", 9)]);
  await answer();
  rows.apply([device("b"), device("z")], [], true);
  assert.deepEqual(idsOf(rows), ["a", "b", "d"]);
  assert.equal(rows.indexes.get("d"), 2);
  assert.equal(rows.total, 10);
});

test("a row that isn't of the filter any more stays until it is taken out", async () => {
  const { rows, answer } = rowsOver({ status: "online" }, [page([device("a"), device("b")])]);
  await answer();
  rows.apply([device("a", { seq: 2, status: "offline" })], [], true);
  assert.deepEqual(idsOf(rows), ["a", "b"]);
  assert.equal(rows.rows[0].left, true);
  rows.prune();
  assert.deepEqual(idsOf(rows), ["b"]);
  assert.equal(rows.total, 1);
  assert.equal(rows.indexes.get("b"), 0);
});

test("by the latest change a row moves up while one looks at the top, and else is only counted", async () => {
  const { rows, answer } = rowsOver({ sort: "-since" }, [
    page([device("a", { since: "2026-11-22T10:00:02.000Z" }), device("b", { since: "2026-11-22T10:00:01.000Z" })]),
  ]);
  await answer();
  rows.apply([device("b", { seq: 2, since: "2026-11-22T10:00:03.000Z" })], [], true);
  assert.deepEqual(idsOf(rows), ["b", "a"]);
  rows.apply([device("a", { seq: 2, since: "2026-11-22T10:00:04.000Z" })], [], false);
  assert.deepEqual(idsOf(rows), ["b", "a"]);
  assert.equal(rows.elsewhere.size, 1);
});

test("a device that was forgotten and comes again is there once", async () => {
  const { rows, answer } = rowsOver({}, [page([device("a"), device("b")])]);
  await answer();
  rows.apply([], ["a"], true);
  rows.apply([device("a", { seq: 7 })], [], true);
  rows.prune();
  assert.deepEqual(idsOf(rows), ["a", "b"]);
});
