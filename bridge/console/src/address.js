// SPDX-License-Identifier: Apache-2.0
// A view's address is "#/path?query": the part after "#" never reaches the server, so that the console works below any
// path, and an address with its filters can be passed on.
import { createStore } from "./store.js";

function parse() {
  const text = location.hash.slice(1) || "/";
  const question = text.indexOf("?");
  const path = question < 0 ? text : text.slice(0, question);
  return {
    parts: path.split("/").filter(Boolean).map(decoded),
    query: Object.fromEntries(new URLSearchParams(question < 0 ? "" : text.slice(question + 1))),
  };
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export const address = createStore(parse());
addEventListener("hashchange", () => address.set(parse()));

/// addressOf(["devices", "pump 7"], { status: "offline" }) → "#/devices/pump%207?status=offline". What is empty is left out.
export function addressOf(parts, query = {}) {
  const wanted = Object.entries(query).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  const text = new URLSearchParams(wanted).toString();
  return "#/" + parts.map(encodeURIComponent).join("/") + (text ? "?" + text : "");
}

/// Changes the query in place: no further entry in the browser's history for each letter typed.
export function replaceQuery(query) {
  history.replaceState(null, "", addressOf(address.get().parts, query));
  address.set(parse());
}
