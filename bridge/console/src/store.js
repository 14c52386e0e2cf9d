// SPDX-License-Identifier: Apache-2.0
import { useEffect, useReducer } from "preact/hooks";

/// A value that views follow: get(), set(changes), subscribe(listener) → unsubscribe.
export function createStore(value) {
  const listeners = new Set();
  return {
    get: () => value,
    set(changes) {
      value = { ...value, ...changes };
      for (const each of [...listeners]) each(value);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/// Renders the view again with every change of the store.
export function useStore(store) {
  const [, again] = useReducer((count) => count + 1, 0);
  useEffect(() => store.subscribe(again), [store]);
  return store.get();
}
