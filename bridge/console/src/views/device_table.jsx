// SPDX-License-Identifier: Apache-2.0
// The rows that can be seen, of however many there are.
import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from "@tanstack/virtual-core";
import { useLayoutEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
import { addressOf } from "../address.js";
import { Marks, Status, When } from "../parts.jsx";
import { countdownText, useNow } from "../time.js";
import { causeText } from "../words.js";

const narrow = matchMedia("(max-width: 720px)");
const heightOf = () => (narrow.matches ? 64 : 44);

function useVirtual(count, scroller) {
  const [, render] = useReducer((times) => times + 1, 0);
  const [virtualizer] = useState(
    () =>
      new Virtualizer({
        count,
        getScrollElement: () => scroller.current,
        estimateSize: heightOf,
        overscan: 12,
        scrollToFn: elementScroll,
        observeElementRect,
        observeElementOffset,
        onChange: render,
      }),
  );
  virtualizer.setOptions({ ...virtualizer.options, count });
  useLayoutEffect(() => virtualizer._didMount(), []);
  useLayoutEffect(() => virtualizer._willUpdate());
  useLayoutEffect(() => {
    const changed = () => virtualizer.measure();
    narrow.addEventListener("change", changed);
    return () => narrow.removeEventListener("change", changed);
  }, []);
  return virtualizer;
}

/// What is seen stays where it is when rows come or go above it.
function useAnchor(rows, scroller) {
  const anchor = useRef(null);
  const height = heightOf();
  useLayoutEffect(() => {
    const element = scroller.current;
    const { current } = anchor;
    const index = current && rows.indexes.get(current.device);
    if (index !== undefined && index !== null && index !== current.index) {
      element.scrollTop += (index - current.index) * height;
      current.index = index;
    }
  });
  return () => {
    const index = Math.floor(scroller.current.scrollTop / height);
    const row = rows.rows[index];
    anchor.current = scroller.current.scrollTop > 0 && row ? { device: row.payload.device, index } : null;
  };
}

export function DeviceTable({ rows, listRef, isAtTop, templates }) {
  const labels = useMemo(() => labelsOf(templates), [templates]);
  const scroller = listRef;
  const count = Math.max(rows.total, rows.rows.length);
  const virtualizer = useVirtual(count, scroller);
  const remember = useAnchor(rows, scroller);
  const now = useNow();
  const heads = useRef();
  useLayoutEffect(() => {
    // As wide as the rows beneath, whatever a scroll bar takes.
    heads.current.style.paddingInlineEnd = `${scroller.current.offsetWidth - scroller.current.clientWidth}px`;
  }, []);
  const items = virtualizer.getVirtualItems();
  useLayoutEffect(() => {
    if (items.length) rows.want(items[items.length - 1].index + 100);
  });

  const onScroll = () => {
    isAtTop.current = scroller.current.scrollTop < heightOf();
    remember();
  };
  return (
    <div class="table" role="table" aria-label="Devices" aria-rowcount={count + 1}>
      <div role="rowgroup" class="heads" ref={heads}>
        <div role="row" aria-rowindex={1} class="row">
          {["Status", "Device", "Since", "Next", "Why", "Template"].map((each) => (
            <span role="columnheader" key={each}>
              {each}
            </span>
          ))}
        </div>
      </div>
      <div
        role="rowgroup"
        class="scroller"
        ref={scroller}
        onScroll={onScroll}
        onKeyDown={(event) => move(event, virtualizer, rows)}
        tabIndex={0}
      >
        <div role="presentation" style={{ height: `${virtualizer.getTotalSize()}px`, position: "relative" }}>
          {items.map((item) => (
            <Row key={item.index} item={item} row={rows.rows[item.index]} now={now} labels={labels} />
          ))}
        </div>
      </div>
    </div>
  );
}

/// Arrows go from row to row, Home and End to the first and the last.
function move(event, virtualizer, rows) {
  const current = Number(document.activeElement?.closest("[data-index]")?.dataset.index ?? -1);
  const last = Math.max(rows.total, rows.rows.length) - 1;
  const targets = {
    ArrowDown: current + 1,
    ArrowUp: current - 1,
    Home: 0,
    End: last,
    PageDown: current + 10,
    PageUp: current - 10,
  };
  if (!(event.key in targets) || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  const target = Math.max(0, Math.min(last, targets[event.key]));
  virtualizer.scrollToIndex(target, { align: "auto" });
  const scroller = event.currentTarget;
  let tries = 30; // the row may have to be loaded first
  const focus = () => {
    const link = scroller.querySelector(`[data-index="${target}"] a`);
    if (link) link.focus({ preventScroll: true });
    else if (--tries) setTimeout(focus, 16);
  };
  requestAnimationFrame(focus);
}

const labelsOf = (templates) =>
  new Map(
    templates.flatMap(({ template, statuses }) => statuses.map((each) => [`${template} ${each.status}`, each.label])),
  );

function Row({ item, row, now, labels }) {
  const place = { transform: `translateY(${item.start}px)`, height: `${item.size}px` };
  const payload = row?.payload;
  if (!payload) {
    return (
      <div role="row" class="row waiting" style={place} data-index={item.index} aria-rowindex={item.index + 2}>
        <span role="cell">…</span>
      </div>
    );
  }
  return (
    <div
      role="row"
      class={row.left ? "row left" : "row"}
      style={place}
      data-index={item.index}
      aria-rowindex={item.index + 2}
    >
      <span role="cell" class="cell-status">
        <Status {...payload} />
      </span>
      <span role="cell" class="cell-id">
        <a class="id" href={addressOf(["devices", payload.device])} title={payload.device}>
          <bdi>{payload.device}</bdi>
        </a>
      </span>
      <span role="cell" class="cell-since">
        <When at={payload.since} now={now} ago />
      </span>
      <span role="cell" class="cell-next">
        {payload.next && (
          <>
            <bdi>{labels.get(`${payload.template} ${payload.next.status}`) ?? payload.next.status}</bdi> in{" "}
            <span class="number">{countdownText(Date.parse(payload.next.at) - now)}</span>
          </>
        )}
      </span>
      <span role="cell" class="cell-why">
        <Marks device={payload} />
        {!payload.connected && payload.cause !== "broker_lost" && causeText(payload.cause)}
      </span>
      <span role="cell" class="cell-template">
        {payload.template}
      </span>
    </div>
  );
}
