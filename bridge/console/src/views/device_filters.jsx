// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../icons.jsx";
import { live } from "../live.js";
import { Status } from "../parts.jsx";
import { useStore } from "../store.js";
import { looksOf } from "../use.js";

const kTyping = 200;

export function DeviceFilters({ filter, templates, onChange }) {
  const { bridge } = useStore(live);
  const set = (changes) => onChange({ ...filter, ...changes });
  const chosen = new Set((filter.status ?? "").split(",").filter(Boolean));
  const toggle = (key) => {
    chosen.has(key) ? chosen.delete(key) : chosen.add(key);
    set({ status: [...chosen].join(",") });
  };
  const more = ["template", "broker", "connected", "flapping", "muted"].filter((key) => filter[key]).length;
  const brokers = bridge?.brokers.map((each) => each.broker) ?? [];
  return (
    <div class="filters">
      <Search value={filter.q ?? ""} onChange={(q) => set({ q })} />
      <div class="pills" role="group" aria-label="Status">
        {[...looksOf(templates).values()].map((each) => (
          <button
            type="button"
            key={each.status}
            class="pill"
            aria-pressed={chosen.has(each.status)}
            onClick={() => toggle(each.status)}
          >
            <Status {...each} />
          </button>
        ))}
      </div>
      <details class="more" open={more > 0 || undefined}>
        <summary>More filters{more > 0 && ` (${more})`}</summary>
        <div class="selects">
          {templates.length > 1 && (
            <Select
              label="Template"
              value={filter.template}
              options={templates.map((each) => [each.template, each.template])}
              onChange={(template) => set({ template })}
            />
          )}
          {brokers.length > 1 && (
            <Select
              label="Broker"
              value={filter.broker}
              options={brokers.map((each) => [each, each])}
              onChange={(broker) => set({ broker })}
            />
          )}
          <Select
            label="Connection"
            value={filter.connected}
            options={[
              ["true", "connected"],
              ["false", "not connected"],
            ]}
            onChange={(connected) => set({ connected })}
          />
          <Select
            label="Flapping"
            value={filter.flapping}
            options={[
              ["true", "flapping"],
              ["false", "steady"],
            ]}
            onChange={(flapping) => set({ flapping })}
          />
          <Select
            label="Muted"
            value={filter.muted}
            options={[
              ["true", "muted"],
              ["false", "not muted"],
            ]}
            onChange={(muted) => set({ muted })}
          />
        </div>
      </details>
    </div>
  );
}

export const Order = ({ filter, onChange }) => (
  <Select
    label="Order"
    none="By id"
    value={filter.sort}
    options={[
      ["-since", "Changed last"],
      ["-last_seen", "Seen last"],
    ]}
    onChange={(sort) => onChange({ ...filter, sort })}
  />
);

function Select({ label, none = "any", value = "", options, onChange }) {
  return (
    <label class="select">
      <span>{label}</span>
      <select value={value} onChange={(event) => onChange(event.target.value)}>
        <option value="">{none}</option>
        {options.map(([key, text]) => (
          <option key={key} value={key}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

function Search({ value, onChange }) {
  const [text, setText] = useState(value);
  const field = useRef();
  const timer = useRef();
  useEffect(() => setText(value), [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  useEffect(() => {
    const focus = (event) => {
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.target.matches("input, textarea, select"))
        return;
      event.preventDefault();
      field.current.focus();
    };
    addEventListener("keydown", focus);
    return () => removeEventListener("keydown", focus);
  }, []);
  const type = (event) => {
    setText(event.target.value);
    clearTimeout(timer.current);
    timer.current = setTimeout(onChange, kTyping, event.target.value);
  };
  return (
    <label class="search">
      <Icon name="search" />
      <input
        ref={field}
        type="search"
        value={text}
        onInput={type}
        placeholder="Id, client id or address"
        aria-label="Search for a part of an id, a client id or an address"
      />
      <kbd aria-hidden="true">/</kbd>
    </label>
  );
}
