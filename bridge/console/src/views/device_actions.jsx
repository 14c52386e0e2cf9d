// SPDX-License-Identifier: Apache-2.0
// What an operator does: set and hold a status, take that back, mute, forget.
import { useState } from "preact/hooks";
import { addressOf } from "../address.js";
import { access, call, deviceAt } from "../api.js";
import { Card, Dialog, Failure, Status, When } from "../parts.jsx";
import { useStore } from "../store.js";

const waits = [
  ["", "until it is heard of"],
  ["15m", "15 minutes"],
  ["1h", "1 hour"],
  ["8h", "8 hours"],
  ["1d", "1 day"],
  ["7d", "7 days"],
];
const mutes = [
  ["", "until unmuted"],
  ["1h", "1 hour"],
  ["8h", "8 hours"],
  ["1d", "1 day"],
  ["7d", "7 days"],
];

export function DeviceActions({ it, template, onDone }) {
  const { mayWrite } = useStore(access);
  const [error, setError] = useState(null);
  const [forgets, setForgets] = useState(false);
  const act = async (method, rest, json) => {
    setError(null);
    try {
      onDone(await call(method, deviceAt(it.device, rest), json === undefined ? {} : { json }));
      return true;
    } catch (problem) {
      setError(problem);
      return false;
    }
  };
  const forget = async () => {
    setForgets(false);
    if (await act("DELETE", "")) location.hash = addressOf(["devices"]);
  };
  return (
    <Card title="Do" name="actions" aside={mayWrite === false && <span class="faint">looking only</span>}>
      {it.set ? (
        <Released it={it} template={template} onRelease={() => act("DELETE", "/status")} />
      ) : (
        <SetStatus it={it} template={template} act={act} />
      )}
      <Mute it={it} act={act} />
      <div class="line">
        <button
          type="button"
          class="danger"
          disabled={it.connected}
          onClick={() => setForgets(true)}
          aria-describedby={it.connected ? "why-not-forget" : undefined}
        >
          Forget…
        </button>
        {it.connected && (
          <span id="why-not-forget" class="faint">
            not while it is connected
          </span>
        )}
      </div>
      <Failure error={error} />
      {forgets && (
        <Dialog title="Forget this device?" onClose={() => setForgets(false)}>
          <p>
            The status and the timeline of <bdi class="id">{it.device}</bdi> are gone then, and that can't be taken
            back. It comes back as a new device if it connects.
          </p>
          <div class="buttons">
            <button type="button" class="danger" onClick={forget}>
              Forget it
            </button>
            <button type="button" onClick={() => setForgets(false)}>
              Cancel
            </button>
          </div>
        </Dialog>
      )}
    </Card>
  );
}

function Released({ it, template, onRelease }) {
  const look = template?.statuses.find((each) => each.status === it.set.status) ?? {
    label: it.set.status,
    color: "",
    icon: "",
  };
  return (
    <div class="line">
      <span>
        {it.set.hold ? "Held at" : "Set to"} <Status {...look} />
        {it.set.until && (
          <>
            {" "}
            until <When at={it.set.until} />
          </>
        )}
      </span>
      <button type="button" class="primary" onClick={onRelease}>
        Release
      </button>
    </div>
  );
}

function SetStatus({ it, template, act }) {
  const statuses = template?.statuses ?? [];
  const [status, setStatus] = useState("");
  const [wait, setWait] = useState("");
  const [hold, setHold] = useState(false);
  const chosen = status || statuses.find((each) => each.status !== it.status)?.status || "";
  const submit = (event) => {
    event.preventDefault();
    act("PUT", "/status", { status: chosen, ...(wait && { for: wait }), ...(hold && { hold: true }) });
  };
  return (
    <form class="set" onSubmit={submit}>
      <label class="select">
        <span>Status</span>
        <select value={chosen} onChange={(event) => setStatus(event.target.value)}>
          {statuses.map((each) => (
            <option key={each.status} value={each.status}>
              {each.label}
            </option>
          ))}
        </select>
      </label>
      <label class="select">
        <span>For</span>
        <select value={wait} onChange={(event) => setWait(event.target.value)}>
          {waits.map(([key, text]) => (
            <option key={key} value={key}>
              {key === "" && hold ? "until released" : text}
            </option>
          ))}
        </select>
      </label>
      <label class="check">
        <input type="checkbox" checked={hold} onChange={(event) => setHold(event.target.checked)} />
        Hold it, even if the device is heard of
      </label>
      <button type="submit" class="primary" disabled={!chosen}>
        Set
      </button>
    </form>
  );
}

function Mute({ it, act }) {
  const [wait, setWait] = useState("");
  if (it.muted_until) {
    return (
      <div class="line">
        <span>Notifications are held back</span>
        <button type="button" onClick={() => act("DELETE", "/mute")}>
          Unmute
        </button>
      </div>
    );
  }
  return (
    <form class="line" onSubmit={(event) => (event.preventDefault(), act("POST", "/mute", wait ? { for: wait } : {}))}>
      <label class="select">
        <span>Mute</span>
        <select value={wait} onChange={(event) => setWait(event.target.value)}>
          {mutes.map(([key, text]) => (
            <option key={key} value={key}>
              {text}
            </option>
          ))}
        </select>
      </label>
      <button type="submit">Mute</button>
    </form>
  );
}
