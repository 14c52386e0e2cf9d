// SPDX-License-Identifier: Apache-2.0
// The list: filters are in the address, rows are virtual, the stream keeps them up to date.
import { useEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
import { addressOf, replaceQuery } from "../address.js";
import { get } from "../api.js";
import { DeviceRows } from "../device_rows.js";
import { on } from "../live.js";
import { Empty, Failure, Loading } from "../parts.jsx";
import { useTemplates } from "../use.js";
import { numberText, plural } from "../words.js";
import { BulkAction } from "./bulk_action.jsx";
import { DeviceFilters, Order } from "./device_filters.jsx";
import { DeviceTable } from "./device_table.jsx";

const known = ["status", "template", "broker", "connected", "flapping", "muted", "q", "sort"];
const filterOf = (query) => Object.fromEntries(known.filter((key) => query[key]).map((key) => [key, query[key]]));

export function Devices({ query }) {
  const filter = filterOf(query);
  const key = JSON.stringify(filter);
  const templates = useTemplates();
  const [round, again] = useReducer((count) => count + 1, 0);
  const [acts, setActs] = useState(false);
  const { rows, list, isAtTop } = useDeviceRows(filter, key, round);
  useEffect(() => on("reset", again), []);

  const isFiltered = Object.keys(filter).some((each) => each !== "sort");
  const shown = rows.total === null ? null : rows.total;
  return (
    <div class="list-view">
      <DeviceFilters filter={filter} templates={templates.value ?? []} onChange={replaceQuery} />
      <div class="list-head">
        <h1>
          <span role="status">{shown === null ? "Devices" : plural(shown, "device")}</span>
        </h1>
        {isFiltered && <a href={addressOf(["devices"])}>Clear filters</a>}
        {rows.elsewhere.size > 0 && (
          <button type="button" class="fresh" onClick={again}>
            {plural(rows.elsewhere.size, "change")} elsewhere · show
          </button>
        )}
        <span class="spring" />
        <Order filter={filter} onChange={replaceQuery} />
        {shown > 0 && (
          <button type="button" onClick={() => setActs(true)}>
            Act on {shown === 1 ? "it" : `all ${numberText(shown)}`}…
          </button>
        )}
      </div>
      {rows.error && (
        <div class="retry">
          <Failure error={rows.error} />
          <button type="button" onClick={() => (rows.error.status ? again() : rows.retry())}>
            Try again
          </button>
        </div>
      )}
      {shown === null && !rows.error && <Loading what="devices" />}
      {shown === 0 && !rows.rows.length && (
        <Empty title={isFiltered ? "No device is like that" : "No device yet"}>
          {isFiltered ? (
            <a href={addressOf(["devices"])}>Show all devices</a>
          ) : (
            "The first client that connects to a broker with the plugin shows up here."
          )}
        </Empty>
      )}
      {shown !== null && rows.rows.length > 0 && (
        <DeviceTable key={key + round} rows={rows} listRef={list} isAtTop={isAtTop} templates={templates.value ?? []} />
      )}
      {acts && <BulkAction filter={filter} onClose={() => (setActs(false), again())} />}
    </div>
  );
}

function useDeviceRows(filter, key, round) {
  const [, render] = useReducer((count) => count + 1, 0);
  const isAtTop = useRef(true);
  const list = useRef();
  const rows = useMemo(() => {
    isAtTop.current = true;
    return new DeviceRows(filter, (query) => get("devices", { query }), render);
  }, [key, round]);
  useEffect(() => {
    const stop = on("statuses", (changed, gone) => rows.apply(changed, gone, isAtTop.current));
    // Not while somebody points at them: what is clicked must be what was seen.
    const timer = setInterval(() => list.current?.matches(":hover, :focus-within") || rows.prune(), 3000);
    return () => {
      stop();
      clearInterval(timer);
      rows.end();
    };
  }, [rows]);
  return { rows, list, isAtTop };
}
