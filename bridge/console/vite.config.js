// SPDX-License-Identifier: Apache-2.0
import { defineConfig } from "vite";

export default defineConfig({
  // Relative addresses: the same files work at "/" and below any http.base_path.
  base: "./",
  esbuild: { jsx: "automatic", jsxImportSource: "preact", legalComments: "none" },
  build: {
    target: "es2021",
    assetsDir: "assets",
    assetsInlineLimit: 0, // the page's policy lets in no inline script
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
