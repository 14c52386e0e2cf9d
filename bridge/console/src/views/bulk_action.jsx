// SPDX-License-Identifier: Apache-2.0
// One action for all devices of a filter: first asks how many that would be, then does it to exactly so many.
import { useEffect, useState } from "preact/hooks";
import { call } from "../api.js";
import { Choice, Dialog, Failure } from "../parts.jsx";
import { plural } from "../words.js";

const actions = [
  ["mute", "Mute", "Notifications are held back until you take that back."],
  ["unmute", "Unmute", "Notifications go out again."],
  ["release", "Release", "What an operator has set is taken back."],
  [
    "forget",
    "Forget",
    "Their status and their timeline are gone. Devices that are connected are skipped. This can't be taken back.",
  ],
];

function bodyOf(action, filter) {
  const wanted = {};
  for (const [key, value] of Object.entries(filter)) {
    if (key === "sort") continue;
    wanted[key] = ["connected", "flapping", "muted"].includes(key) ? value === "true" : value;
  }
  return { action, filter: wanted };
}

export function BulkAction({ filter, onClose }) {
  const [action, setAction] = useState("mute");
  const [found, setFound] = useState(null);
  const [done, setDone] = useState(null);
  const [error, setError] = useState(null);
  const [, verb, what] = actions.find(([key]) => key === action);

  const count = () =>
    call("POST", "devices/actions", { json: bodyOf(action, filter) }).then(
      (answer) => setFound(answer.matched),
      (problem) => setError(problem),
    );
  useEffect(() => {
    setFound(null);
    setError(null);
    count();
  }, [action]);

  const act = async () => {
    setError(null);
    try {
      setDone(await call("POST", "devices/actions", { json: { ...bodyOf(action, filter), expect: found } }));
    } catch (problem) {
      setError(problem);
      if (problem.status === 409) count(); // it is another number by now
    }
  };
  return (
    <Dialog title="Act on all devices of this filter" onClose={onClose}>
      {done ? (
        <p role="status">
          Done for {plural(done.done, "device")}
          {done.skipped > 0 && `, ${done.skipped} skipped`}.
        </p>
      ) : (
        <>
          <Choice label="Action" options={actions} value={action} onChange={setAction} />
          <p>{what}</p>
          <p class="filter-text">{filterText(filter)}</p>
        </>
      )}
      <Failure error={error} />
      <div class="buttons">
        {!done && (
          <button type="button" class={action === "forget" ? "danger" : "primary"} disabled={!found} onClick={act}>
            {found === null ? `${verb} …` : `${verb} ${plural(found, "device")}`}
          </button>
        )}
        <button type="button" onClick={onClose}>
          {done ? "Close" : "Cancel"}
        </button>
      </div>
    </Dialog>
  );
}

const words = {
  status: (value) => value.replaceAll(",", " or "),
  template: (value) => `template ${value.replaceAll(",", " or ")}`,
  broker: (value) => `broker ${value.replaceAll(",", " or ")}`,
  connected: (value) => (value === "true" ? "connected" : "not connected"),
  flapping: (value) => (value === "true" ? "flapping" : "not flapping"),
  muted: (value) => (value === "true" ? "muted" : "not muted"),
  q: (value) => `“${value}” in an id or address`,
};

function filterText(filter) {
  const parts = Object.entries(filter).filter(([key]) => key in words);
  if (!parts.length) return "No filter is set: these are all devices.";
  return `Only: ${parts.map(([key, value]) => words[key](value)).join(", ")}.`;
}
