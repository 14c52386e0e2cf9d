// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { segmentsOf, totalsOf } from "../../../bridge/console/src/segments.js";

const at = (seconds) => new Date(seconds * 1000).toISOString();
const row = (seconds, from, to, changes = {}) => ({
  at: at(seconds),
  from,
  to,
  kind: "transition",
  cause: "connect",
  ...changes,
});
const short = (segments) => segments.map((each) => [each.from / 1000, each.to / 1000, each.status]);

test("each row begins a stretch, and the first contact comes after nothing known", () => {
  const rows = [row(60, "online", "offline", { cause: "broker_lost" }), row(30, null, "online")];
  const segments = segmentsOf(rows, "offline", 0, 100_000);
  assert.deepEqual(short(segments), [
    [0, 30, null],
    [30, 60, "online"],
    [60, 100, "offline"],
  ]);
  assert.equal(segments[2].brokersDoing, true);
  assert.deepEqual(totalsOf(segments), [
    ["offline", 40_000],
    ["online", 30_000],
  ]);
});

test("what began before the range is cut at its beginning", () => {
  assert.deepEqual(
    short(segmentsOf([row(60, "online", "offline"), row(10, "offline", "online")], "offline", 50_000, 100_000)),
    [
      [50, 60, "online"],
      [60, 100, "offline"],
    ],
  );
});

test("without rows it has always been as it is", () => {
  assert.deepEqual(short(segmentsOf([], "online", 0, 100_000)), [[0, 100, "online"]]);
});

test("a blip is no stretch", () => {
  const rows = [row(60, "online", "online", { kind: "blip" }), row(30, null, "online")];
  assert.deepEqual(short(segmentsOf(rows, "online", 20_000, 100_000)), [
    [20, 30, null],
    [30, 100, "online"],
  ]);
});
