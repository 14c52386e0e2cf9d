// SPDX-License-Identifier: Apache-2.0
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { get } from "./api.js";
import { on } from "./live.js";

/// What `load` (signal → promise) gives: { value, error, again }. Loaded anew when `keys` change, and when the stream says so;
/// what was there stays until then.
export function useLoaded(load, keys) {
  const [state, setState] = useState({ value: null, error: null });
  const running = useRef();
  const again = useCallback(() => {
    running.current?.abort();
    const mine = (running.current = new AbortController());
    load(mine.signal).then(
      (value) => mine.signal.aborted || setState({ value, error: null }),
      (error) => mine.signal.aborted || setState((before) => ({ ...before, error })),
    );
  }, keys);
  useEffect(() => {
    setState({ value: null, error: null });
    again();
    return () => running.current?.abort();
  }, keys);
  useEffect(() => on("reset", again), [again]);
  return { ...state, again, set: (value) => setState({ value, error: null }) };
}

export const useStatuses = (listener, keys) => useEffect(() => on("statuses", listener), keys);

/// Runs `what` 150 ms after the last call, at the latest 600 ms after the first.
export function useDebounced(what) {
  const state = useRef({});
  state.current.what = what;
  useEffect(() => () => clearTimeout(state.current.timer), []);
  return useCallback(() => {
    const mine = state.current;
    const now = performance.now();
    mine.first = mine.timer ? mine.first : now;
    clearTimeout(mine.timer);
    mine.timer = setTimeout(
      () => {
        mine.timer = undefined;
        mine.what();
      },
      Math.max(0, Math.min(150, mine.first + 600 - now)),
    );
  }, []);
}

let templates;
/// All templates: loaded once, and again after a reset.
export function loadTemplates() {
  templates ??= get("templates").then(
    (body) => body.templates,
    (error) => {
      templates = undefined;
      throw error;
    },
  );
  return templates;
}
on("reset", () => (templates = undefined));

export const useTemplates = () => useLoaded(loadTemplates, []);

/// The looks of all statuses, by key: of the first template that has it, in the templates' order.
export function looksOf(list) {
  const looks = new Map();
  for (const template of list ?? []) {
    for (const each of template.statuses) if (!looks.has(each.status)) looks.set(each.status, each);
  }
  return looks;
}
