// SPDX-License-Identifier: Apache-2.0
// A device's past: a coloured band, availability a day, and the rows beneath.
import { useState } from "preact/hooks";
import { replaceQuery } from "../address.js";
import { bridgeNow, deviceAt, get } from "../api.js";
import { Card, Choice, Failure, Mark, Status, Swatch, When } from "../parts.jsx";
import { segmentsOf, totalsOf } from "../segments.js";
import { clockTime, dayText, durationText, kDay, kHour, minuteText, useNow } from "../time.js";
import { useDebounced, useLoaded, useStatuses } from "../use.js";
import { causeText, isBrokersDoing, shareText } from "../words.js";

const ranges = { hour: kHour, day: kDay, week: 7 * kDay, month: 30 * kDay };
const kPage = 500;
const kMostRows = 5000;
const kFirstRows = 12;

/// Rows back to the beginning of the range, and where they go on.
async function loadRows(id, millis, signal) {
  const start = bridgeNow() - millis;
  let rows = [];
  let next = null;
  do {
    const page = await get(deviceAt(id, "/timeline"), {
      signal,
      query: next ? { limit: kPage, before: next } : { limit: kPage },
    });
    rows = rows.concat(page.rows);
    next = page.next;
  } while (next && rows.length < kMostRows && Date.parse(rows[rows.length - 1].at) > start);
  return { rows, next };
}

/// A device that is new has its first hour; who has no range in the address sees that, or the day.
const usualRange = (it) => (it.first_contact && bridgeNow() - Date.parse(it.first_contact) < kHour ? "hour" : "day");

export function Past({ id, it, template, range: asked, children }) {
  const [usual] = useState(() => usualRange(it));
  const range = asked in ranges ? asked : usual;
  const millis = ranges[range];
  const timeline = useLoaded((signal) => loadRows(id, millis, signal), [id, millis]);
  const again = useDebounced(timeline.again);
  useStatuses((changed) => changed.some((each) => each.device === id) && again(), [id]);
  const looks = new Map((template?.statuses ?? []).map((each) => [each.status, each]));
  looks.set(it.status, looks.get(it.status) ?? it);
  return (
    <>
      <Card
        title="Past"
        aside={
          <Choice
            label="Range"
            options={[
              ["hour", "Hour"],
              ["day", "Day"],
              ["week", "Week"],
              ["month", "Month"],
            ]}
            value={range}
            onChange={(each) => replaceQuery({ range: each })}
          />
        }
      >
        <Failure error={timeline.error} />
        {timeline.value && <Band it={it} rows={timeline.value.rows} millis={millis} looks={looks} />}
        <Availability id={id} />
      </Card>
      {children}
      <Card title="Timeline">{timeline.value && <Rows rows={timeline.value.rows} looks={looks} />}</Card>
    </>
  );
}

const lookOf = (looks, key) => looks.get(key) ?? { status: key, label: key, color: "#8b8d98", icon: "" };

function Band({ it, rows, millis, looks }) {
  const now = useNow(5000);
  const end = Math.max(now, Date.parse(it.since));
  const start = end - millis;
  const segments = segmentsOf(rows, it.status, start, end).filter((each) => each.status !== null);
  const totals = totalsOf(segments);
  const text = totals.map(([key, length]) => `${lookOf(looks, key).label} ${durationText(length)}`).join(", ");
  const x = (at) => ((at - start) / millis) * 1000;
  return (
    <figure class="past">
      <svg
        class="band"
        viewBox="0 0 1000 40"
        preserveAspectRatio="none"
        role="img"
        aria-label={`The last ${durationText(millis)}: ${text}`}
      >
        <defs>
          <pattern id="brokers-doing" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <rect width="3" height="7" class="hatch" />
          </pattern>
        </defs>
        {segments.map((each) => {
          const look = lookOf(looks, each.status);
          const shape = { x: x(each.from), y: 0, width: Math.max(x(each.to) - x(each.from), 1.5), height: 40 };
          return (
            <g key={each.from}>
              <title>{`${look.label}: ${clockTime(each.from, now)} to ${clockTime(each.to, now)}, ${durationText(each.to - each.from)}${each.brokersDoing ? ". The broker was away, not the device" : ""}`}</title>
              <rect {...shape} fill={look.color} />
              {each.brokersDoing && <rect {...shape} fill="url(#brokers-doing)" />}
            </g>
          );
        })}
      </svg>
      <div class="axis" aria-hidden="true">
        {[0, 0.25, 0.5, 0.75].map((share) => (
          <span key={share}>
            {millis > kDay ? dayText(start + share * millis) : minuteText(start + share * millis)}
          </span>
        ))}
        <span>now</span>
      </div>
      <figcaption>
        {totals.map(([key, length]) => (
          <span key={key}>
            <Swatch color={lookOf(looks, key).color} /> {lookOf(looks, key).label}{" "}
            <span class="faint">{durationText(length)}</span>
          </span>
        ))}
        {segments.some((each) => each.brokersDoing) && (
          <span>
            <span class="swatch hatched" aria-hidden="true" /> lost by the broker
          </span>
        )}
      </figcaption>
    </figure>
  );
}

function Availability({ id }) {
  const uptime = useLoaded((signal) => get(deviceAt(id, "/uptime"), { signal }), [id]);
  if (uptime.error) return <Failure error={uptime.error} />;
  if (!uptime.value) return null;
  const { buckets, availability } = uptime.value;
  const spoken = buckets
    .filter((each) => each.availability !== null)
    .map((each) => `${dayText(each.at)} ${shareText(each.availability)}`);
  return (
    <div class="availability">
      <h3>
        Availability a day <span class="faint">{shareText(availability)} in 30 days</span>
      </h3>
      <div
        class="days"
        role="img"
        aria-label={spoken.length ? `Availability a day: ${spoken.join(", ")}` : "Nothing is known yet"}
      >
        {buckets.map((each) => (
          <span
            key={each.at}
            class={each.availability === null ? "day none" : "day"}
            title={`${dayText(each.at)}: ${each.availability === null ? "nothing known" : shareText(each.availability)}`}
          >
            {each.availability !== null && (
              <span
                class={each.availability > 0.99 ? "up" : each.availability > 0.9 ? "up some" : "up little"}
                style={{ height: `${Math.max(6, each.availability * 100)}%` }}
              />
            )}
          </span>
        ))}
      </div>
    </div>
  );
}

function Rows({ rows, looks }) {
  const [shown, setShown] = useState(kFirstRows);
  const now = useNow(30000);
  if (!rows.length) return <p class="faint">No row yet.</p>;
  return (
    <>
      <ol class="timeline">
        {rows.slice(0, shown).map((row) => (
          <li key={row.seq}>
            <span class="when number">
              <When at={row.at} now={now} />
            </span>
            <span class="what">
              {row.kind === "blip" ? (
                <span class="faint">was away for a moment</span>
              ) : (
                <Status {...lookOf(looks, row.to)} />
              )}
              {isBrokersDoing(row.cause) ? (
                <Mark icon="broker" text="broker lost, not the device" />
              ) : (
                <span class="faint">{causeText(row.cause)}</span>
              )}
            </span>
            {(row.address || row.client_id) && (
              <span class="who faint">
                <bdi>{[row.client_id, row.address, row.broker].filter(Boolean).join(" · ")}</bdi>
              </span>
            )}
          </li>
        ))}
      </ol>
      {shown < rows.length && (
        <button type="button" onClick={() => setShown(shown + 100)}>
          {rows.length - shown} earlier rows
        </button>
      )}
    </>
  );
}
