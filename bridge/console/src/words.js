// SPDX-License-Identifier: Apache-2.0
// The API's words as people say them.
const causes = {
  connect: "connected",
  report: "reported",
  late_report: "report is late",
  declared: "announced by the device",
  set: "set by an operator",
  released: "released by an operator",
  registered: "registered",
  client_disconnect: "disconnected properly",
  disconnect_with_will: "disconnected, asking for its will",
  connection_closed: "connection closed without a goodbye",
  keepalive_timeout: "silent longer than its keepalive",
  taken_over: "another client took its id",
  kicked: "thrown out by the broker",
  not_authorized: "not allowed any more",
  protocol_error: "protocol error",
  broker_lost: "its broker was away",
  unknown: "cause unknown",
};
export const causeText = (cause) => (cause ? (causes[cause] ?? cause) : "");

/// Told apart wherever it is shown: the broker's doing, not the device's.
export const isBrokersDoing = (cause) => cause === "broker_lost";

const disabled = {
  none: "Everything works.",
  controls: "Values are shown, controls are disabled.",
  all: "Nothing can be used, and values are dimmed.",
};
/// What people meet in a status, by its `interaction`.
export function interactionText({ disable, notify_on_open, notify_on_interaction }) {
  const texts = [disabled[disable] ?? disable];
  if (notify_on_open) texts.push("A notice for 3 s when the page is opened.");
  if (notify_on_interaction && disable === "none") texts.push("A banner when a control is used.");
  return texts.join(" ");
}

const commands = {
  allow: "Commands are sent.",
  queue: "Commands wait until the device is back.",
  deny: "Commands are refused.",
};
export const commandsText = (word) => commands[word] ?? word;

export const numberText = (number) => number.toLocaleString("en-US");
export const plural = (count, one, many = one + "s") => `${numberText(count)} ${count === 1 ? one : many}`;

/// A part of a whole, as people say it: "12 %", "0.4 %".
export function partText(part) {
  if (part === 0 || part === 1) return `${part * 100} %`;
  const percent = part * 100;
  return percent < 0.1
    ? "< 0.1 %"
    : percent > 99.9
      ? "> 99.9 %"
      : `${percent < 10 || percent > 90 ? percent.toFixed(1) : percent.toFixed(0)} %`;
}

/// 0.99956 → "99.96 %"; never 100 unless it is.
export function shareText(share) {
  if (share === null || share === undefined) return "–";
  if (share === 1) return "100 %";
  return `${(Math.floor(share * 10000) / 100).toFixed(2)} %`;
}
