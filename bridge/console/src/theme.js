// SPDX-License-Identifier: Apache-2.0
// Light, dark, or as the system has it: an attribute that tokens.css looks at.
const key = "rollcall.theme";
const themes = ["auto", "light", "dark"];

export function theme() {
  try {
    const kept = localStorage.getItem(key);
    return themes.includes(kept) ? kept : "auto";
  } catch {
    return "auto"; // a browser that keeps nothing
  }
}

export function applyTheme(next = theme()) {
  document.documentElement.dataset.theme = next;
  try {
    localStorage.setItem(key, next);
  } catch {
    // It holds until the page is left.
  }
}

export const nextTheme = (current) => themes[(themes.indexOf(current) + 1) % themes.length];
