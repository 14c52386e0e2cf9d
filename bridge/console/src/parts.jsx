// SPDX-License-Identifier: Apache-2.0
// What several views are made of.
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "./icons.jsx";
import { agoText, clockTime, exactTime } from "./time.js";

/// A status as its template wants it: colour, icon, and always the label.
export function Status({ label, color, icon, large }) {
  return (
    <span class={large ? "status large" : "status"}>
      <Icon name={icon} size={large ? 28 : 16} color={color} />
      <bdi>{label}</bdi>
    </span>
  );
}

export const Swatch = ({ color }) => <span class="swatch" style={{ background: color }} aria-hidden="true" />;

/// A time; hovering shows the exact one. `ago` with `now` writes it relative.
export function When({ at, now, ago }) {
  if (!at) return <span class="faint">–</span>;
  return (
    <time dateTime={at} title={exactTime(at)}>
      {ago ? agoText(Date.parse(at), now) : clockTime(at, now)}
    </time>
  );
}

/// What is special about a device, each with its word.
export function Marks({ device }) {
  return (
    <span class="marks">
      {device.flapping && <Mark icon="flap" text="flapping" title="changes its status again and again" />}
      {device.conflict && <Mark icon="clash" text="conflict" title="clients fight over its client id" />}
      {device.cause === "broker_lost" && !device.connected && (
        <Mark icon="broker" text="broker lost" title="its broker was away: not the device's doing" />
      )}
    </span>
  );
}
export const Mark = ({ icon, text, title }) => (
  <span class="mark" title={title}>
    <Icon name={icon} size={13} />
    {text}
  </span>
);

export function Notice({ kind = "info", icon = "alert", children, ...more }) {
  return (
    <div class={`notice ${kind}`} {...more}>
      <Icon name={icon} />
      <div>{children}</div>
    </div>
  );
}

/// Why something wasn't done, in words that say what to do.
export function Failure({ error }) {
  if (!error) return null;
  const text = error.status
    ? error.message
    : "The bridge doesn't answer. Nothing was changed, as far as this page knows.";
  return (
    <Notice kind="bad" role="alert">
      {error.status === 403 && <strong>This page may not change anything. </strong>}
      {error.status === 401 && <strong>A token is needed to change something. </strong>}
      {text}
    </Notice>
  );
}

export function Empty({ title, children }) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      <p>{children}</p>
    </div>
  );
}

export function Loading({ what }) {
  return (
    <p class="loading" role="status">
      Loading {what}…
    </p>
  );
}

/// A modal question; Escape and the last button close it.
export function Dialog({ title, onClose, children }) {
  const self = useRef();
  useEffect(() => {
    const dialog = self.current;
    dialog.showModal();
    return () => dialog.close();
  }, []);
  return (
    <dialog ref={self} aria-labelledby="dialog-title" onCancel={(event) => (event.preventDefault(), onClose())}>
      <h2 id="dialog-title">{title}</h2>
      {children}
    </dialog>
  );
}

export function Card({ title, aside, children, name }) {
  return (
    <section class={name ? `card ${name}` : "card"}>
      {title && (
        <header>
          <h2>{title}</h2>
          {aside}
        </header>
      )}
      {children}
    </section>
  );
}

/// One of several, as a row of buttons.
export function Choice({ label, options, value, onChange }) {
  return (
    <div class="choice" role="group" aria-label={label}>
      {options.map(([key, text]) => (
        <button type="button" key={key} aria-pressed={key === value} onClick={() => onChange(key)}>
          {text}
        </button>
      ))}
    </div>
  );
}
