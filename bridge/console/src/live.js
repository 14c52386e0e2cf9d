// SPDX-License-Identifier: Apache-2.0
// What happens, as it happens: one stream for all views. Payloads are handed on in groups, 30 ms after the first of a
// group, the latest of each device.
import { access, bridgeNow, get } from "./api.js";
import { createStore } from "./store.js";

/// link: "connecting", "live" or "away"; asOf: until when what is shown is known to be right, while it is away.
/// cameBack: when the stream went on after it had been away.
export const live = createStore({
  link: "connecting",
  asOf: null,
  cameBack: null,
  fleet: null,
  bridge: null,
  brokersAway: {},
  incidents: [],
});

const listeners = { statuses: new Set(), incident: new Set(), reset: new Set() };
/// statuses: ([payload…], [forgotten ids…]); incident: one has begun or ended; reset: what was loaded is to be loaded again.
export function on(what, listener) {
  listeners[what].add(listener);
  return () => listeners[what].delete(listener);
}

const kGroup = 30;
const kPoll = 3000;
const kPatience = 8000; // a bridge that hangs is as away as one that has ended
let source, lastId, timer, retryTimer;
let retries = 0;
let payloads = new Map();
let gone = new Set();

function handOn() {
  timer = undefined;
  const [changed, forgotten] = [[...payloads.values()], [...gone]];
  payloads = new Map();
  gone = new Set();
  for (const each of listeners.statuses) each(changed, forgotten);
}
function plan() {
  timer ??= setTimeout(handOn, kGroup);
}

function reset() {
  for (const each of listeners.reset) each();
  loadSummary();
}

const heard = (event) => {
  if (event.lastEventId) lastId = event.lastEventId;
};

function open() {
  clearTimeout(retryTimer);
  const wanted = new URLSearchParams({ events: "status,fleet,incident,bridge,gone" });
  if (lastId) wanted.set("last_event_id", lastId);
  source = new EventSource(`api/v1/stream?${wanted}`);
  source.onopen = () => {
    const wasAway = live.get().link === "away";
    const isFirst = live.get().link === "connecting";
    retries = 0;
    live.set({ link: "live", asOf: null, cameBack: wasAway ? Date.now() : live.get().cameBack });
    // Without an id the bridge can't tell what was missed.
    if (wasAway && !lastId) reset();
    else if (wasAway || isFirst) loadSummary();
  };
  source.onerror = lost;
  source.addEventListener("status", (event) => {
    heard(event);
    const payload = JSON.parse(event.data);
    const known = payloads.get(payload.device);
    if (!known || known.seq < payload.seq) payloads.set(payload.device, payload);
    gone.delete(payload.device);
    plan();
  });
  source.addEventListener("gone", (event) => {
    heard(event);
    const { device } = JSON.parse(event.data);
    payloads.delete(device);
    gone.add(device);
    plan();
  });
  source.addEventListener("fleet", (event) => {
    heard(event);
    live.set({ fleet: JSON.parse(event.data) });
  });
  source.addEventListener("incident", (event) => {
    heard(event);
    live.set({ incidents: [JSON.parse(event.data), ...live.get().incidents].slice(0, 5) });
    for (const each of listeners.incident) each();
  });
  source.addEventListener("bridge", (event) => {
    heard(event);
    loadSummary();
  });
  source.addEventListener("reset", (event) => {
    heard(event);
    reset();
  });
}

function lost() {
  source.close();
  // At first it may be only that a token is needed.
  if (live.get().link === "live") sayAway();
  retryTimer = setTimeout(tryAgain, Math.min(500 * 2 ** retries++, 4000));
}

function sayAway() {
  if (live.get().link !== "away") live.set({ link: "away", asOf: bridgeNow() });
}

/// A stream says only that it failed, not why: a plain call does.
async function tryAgain() {
  try {
    await get("bridge");
    open();
  } catch (error) {
    if (error.status === 401) return; // goes on after the login
    sayAway();
    retryTimer = setTimeout(tryAgain, Math.min(500 * 2 ** retries++, 4000));
  }
}

async function loadSummary() {
  try {
    const [bridge, fleet] = await Promise.all([get("bridge"), get("fleet")]);
    live.set({ bridge, fleet, brokersAway: noteBrokers(bridge) });
  } catch {
    // The stream, or the login page, tells.
  }
}

/// Since when each broker that is away was first seen away.
function noteBrokers(bridge) {
  const before = live.get().brokersAway;
  const away = {};
  for (const each of bridge.brokers) {
    if (!each.connected || !each.synced)
      away[each.broker] = before[each.broker] ?? { since: bridgeNow(), connected: each.connected };
  }
  return away;
}

async function poll() {
  if (live.get().link !== "live" || document.hidden) return;
  try {
    const bridge = await get("bridge", { signal: AbortSignal.timeout(kPatience) });
    live.set({ bridge, brokersAway: noteBrokers(bridge) });
  } catch (error) {
    if (error.name === "TimeoutError" && live.get().link === "live") lost();
  }
}

export function startLive() {
  open();
  loadSummary();
  setInterval(poll, kPoll);
  access.subscribe((now) => {
    if (!now.wanted && source.readyState === EventSource.CLOSED) {
      retries = 0;
      clearTimeout(retryTimer);
      tryAgain();
    }
  });
}
