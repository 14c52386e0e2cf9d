// SPDX-License-Identifier: Apache-2.0
// Calls of docs/http.md, relative to the page's own address.
import { createStore } from "./store.js";

/// wanted: null, or why a token is asked for. mayWrite: true, false, or null while nobody has tried.
/// hasSession: this browser was given a cookie, which no script can see.
export const access = createStore({ wanted: null, mayWrite: null, hasSession: kept("rollcall.session") === "1" });

function kept(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // a browser that keeps nothing
  }
}

function keep(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // It is known until the page is left.
  }
}

/// How far the bridge's clock is ahead of the reader's, in ms.
let clockOffset = 0;
export const bridgeNow = () => Date.now() + clockOffset;

export class Problem extends Error {
  constructor(status, body, retryAfter) {
    super(body?.detail || body?.title || `the bridge answered ${status}`);
    this.status = status;
    this.errors = body?.errors || [];
    this.retryAfter = retryAfter;
  }
}

function noteClock(response) {
  const date = Date.parse(response.headers.get("date") || "");
  if (Number.isNaN(date)) return;
  const offset = date + 500 - Date.now();
  // The header has whole seconds; less than that is no difference.
  clockOffset = Math.abs(offset) > 1500 ? offset : 0;
}

const bodyOf = async (response) => {
  const type = response.headers.get("content-type") || "";
  if (response.status === 204) return null;
  return type.includes("json") ? response.json() : response.text();
};

/// The token as long as this page is open: a bridge that starts again knows no session any more.
let known = null;

/// Returns true if a session that has ended was begun again.
async function beginAgain() {
  if (!known) return false;
  const token = known;
  known = null;
  try {
    await login(token);
    return true;
  } catch (problem) {
    if (problem.status !== 401) known = token;
    return false;
  }
}

/// call("PUT", "devices/x/status", { json, text, signal, query }) → the answer's body; throws Problem, or TypeError if
/// nobody answered.
export async function call(method, path, options = {}) {
  const { json, text, signal, query } = options;
  const search = query ? "?" + new URLSearchParams(query) : "";
  const response = await fetch(`api/v1/${path}${search}`, {
    method,
    signal,
    headers:
      json !== undefined
        ? { "Content-Type": "application/json" }
        : text !== undefined
          ? { "Content-Type": "text/plain" }
          : {},
    body: json !== undefined ? JSON.stringify(json) : text,
    credentials: "same-origin",
  });
  noteClock(response);
  const body = await bodyOf(response);
  if (response.ok) {
    if (method !== "GET" && path !== "session" && !path.endsWith("/simulate")) access.set({ mayWrite: true });
    return body;
  }
  if (response.status === 401 && path !== "session" && (await beginAgain())) return call(method, path, options);
  const problem = new Problem(response.status, body, Number(response.headers.get("retry-after")) || null);
  if (response.status === 401 && path !== "session") access.set({ wanted: method === "GET" ? "read" : "write" });
  if (response.status === 403) access.set({ mayWrite: false });
  throw problem;
}

export const get = (path, options) => call("GET", path, options);
export const deviceAt = (device, rest = "") => `devices/${encodeURIComponent(device)}${rest}`;

export async function login(token) {
  const { write } = await call("POST", "session", { json: { token } });
  known = token;
  keep("rollcall.session", "1");
  access.set({ wanted: null, mayWrite: write, hasSession: true });
}

export async function logout() {
  await call("DELETE", "session");
  keep("rollcall.session", "0");
  location.reload();
}
