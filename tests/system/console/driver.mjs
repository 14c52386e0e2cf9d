// SPDX-License-Identifier: Apache-2.0
// Debian's Chromium for test_console.py: takes one JSON object a line, {"code"} (the body of an async function of page, context,
// base and axe), and answers with one, {"value"} or {"error"}.
//   node driver.mjs MODULES PROFILE BASE
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { readFileSync } from "node:fs";

const [modules, profile, base] = process.argv.slice(2);
const require = createRequire(`${modules}/package.json`);
const { chromium } = require("playwright-core");
const axeSource = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const context = await chromium.launchPersistentContext(profile, {
  executablePath: "/usr/bin/chromium",
  headless: true,
  viewport: { width: 1280, height: 800 },
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});
const page = context.pages()[0] ?? (await context.newPage());
page.setDefaultTimeout(8000);
const problems = []; // of the page itself: exceptions, and what its policy refused
page.on("pageerror", (error) => problems.push(error.message));
page.on("console", (message) => {
  if (message.type() === "error" && /Content Security Policy|Uncaught/.test(message.text()))
    problems.push(message.text());
});
context.on("request", (request) => {
  if (!request.url().startsWith(new URL(base).origin) && !request.url().startsWith("data:"))
    problems.push(`asked for ${request.url()}`);
});

/// What axe finds that is serious, as text; the page's policy lets in no script, so that it comes through the debugger.
async function axe(rules) {
  await page.evaluate(`(() => { const module = undefined; ${axeSource} })()`);
  const { violations } = await page.evaluate((options) => window.axe.run(document, options), {
    resultTypes: ["violations"],
    ...(rules && { runOnly: rules }),
  });
  return violations
    .filter((each) => ["serious", "critical"].includes(each.impact))
    .map((each) => `${each.id}: ${each.nodes.map((node) => node.html.slice(0, 120)).join(" | ")}`);
}

const Body = Object.getPrototypeOf(async function () {}).constructor;
process.stdout.write(JSON.stringify({ value: "ready" }) + "\n");
for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    answer = {
      value:
        (await new Body("page", "context", "base", "axe", "problems", JSON.parse(line).code)(
          page,
          context,
          base,
          axe,
          problems,
        )) ?? null,
    };
  } catch (error) {
    answer = {
      error: error.stack ?? String(error),
      page: await page
        .locator("body")
        .innerText()
        .catch(() => ""),
    };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
await context.close();
