// SPDX-License-Identifier: Apache-2.0
// How many were in which status, over an hour, a day, a month.
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { replaceQuery } from "../address.js";
import { bridgeNow, get } from "../api.js";
import { Card, Choice, Empty, Failure, Loading, Status } from "../parts.jsx";
import { dayText, kDay, kHour, kMinute, minuteText } from "../time.js";
import { looksOf, useLoaded, useTemplates } from "../use.js";
import { numberText } from "../words.js";

const ranges = {
  hour: { millis: kHour, step: "5m" },
  day: { millis: kDay, step: "15m" },
  month: { millis: 30 * kDay, step: "6h" },
};
const kAgain = 5 * kMinute; // as often as the bridge notes the counts

export function History({ query }) {
  const range = query.range in ranges ? query.range : "day";
  const { millis, step } = ranges[range];
  const templates = useTemplates();
  const history = useLoaded(
    (signal) =>
      get("fleet/history", {
        signal,
        query: { from: new Date(bridgeNow() - millis).toISOString(), to: new Date(bridgeNow()).toISOString(), step },
      }),
    [range],
  );
  useEffect(() => {
    const timer = setInterval(history.again, kAgain);
    return () => clearInterval(timer);
  }, [history.again]);
  const steps = history.value?.steps;
  return (
    <div class="history">
      <div class="list-head">
        <h1>History</h1>
        <span class="spring" />
        <Choice
          label="Range"
          options={[
            ["hour", "Hour"],
            ["day", "Day"],
            ["month", "Month"],
          ]}
          value={range}
          onChange={(each) => replaceQuery({ range: each })}
        />
      </div>
      <Failure error={history.error ?? templates.error} />
      {!steps && !history.error && <Loading what="the past" />}
      {steps?.length === 0 && (
        <Empty title="Nothing is noted yet">
          The bridge notes the counts every 5 minutes, and keeps them for 90 days.
        </Empty>
      )}
      {steps?.length > 0 && templates.value && (
        <Card title="Devices by status">
          <Stacked steps={steps} looks={looksOf(templates.value)} />
        </Card>
      )}
    </div>
  );
}

/// Of each status the counts at each step, over all templates.
function seriesOf(steps, looks) {
  const series = [];
  for (const look of looks.values()) {
    const counts = steps.map(({ templates }) =>
      Object.values(templates).reduce((all, each) => all + (each[look.status] ?? 0), 0),
    );
    if (counts.some((each) => each > 0)) series.push({ look, counts });
  }
  return series;
}

/// The day stands where it begins.
function timeText(seconds) {
  const at = new Date(seconds * 1000);
  return at.getHours() || at.getMinutes() ? minuteText(at) : dayText(at);
}

function Stacked({ steps, looks }) {
  const place = useRef();
  const series = seriesOf(steps, looks);
  useEffect(() => {
    const style = getComputedStyle(document.documentElement);
    const ink = style.getPropertyValue("--ink-2").trim();
    const line = style.getPropertyValue("--line").trim();
    // Each series is drawn from zero to the sum up to it, the highest first: what is below covers it.
    const sums = [];
    for (const { counts } of series) sums.push(counts.map((each, index) => each + (sums.at(-1)?.[index] ?? 0)));
    const drawn = series.map(({ look }, index) => ({ look, sum: sums[index] })).reverse();
    const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { show: false }, font: "12px system-ui" };
    const options = {
      width: place.current.clientWidth,
      height: 320,
      legend: { show: false },
      cursor: { show: false },
      padding: [8, 8, 0, 0],
      scales: { y: { range: (_, __, most) => [0, Math.max(1, most * 1.05)] } },
      axes: [
        { ...axis, values: (_, values) => values.map(timeText) },
        {
          ...axis,
          size: 56,
          values: (_, values) => values.map((each) => (Number.isInteger(each) ? numberText(each) : "")),
        },
      ],
      series: [
        {},
        ...drawn.map(({ look }) => ({
          label: look.label,
          stroke: look.color,
          width: 1,
          fill: look.color,
          paths: uPlot.paths.stepped({ align: 1 }),
          points: { show: steps.length < 3 },
        })),
      ],
    };
    const plot = new uPlot(
      options,
      [steps.map((each) => Date.parse(each.at) / 1000), ...drawn.map((each) => each.sum)],
      place.current,
    );
    const observer = new ResizeObserver(() => plot.setSize({ width: place.current.clientWidth, height: 320 }));
    observer.observe(place.current);
    return () => {
      observer.disconnect();
      plot.destroy();
    };
  }, [steps]);
  return (
    <figure class="chart">
      <div
        ref={place}
        role="img"
        aria-label={`Stacked chart of ${steps.length} points in time. Latest: ${series.map(({ look, counts }) => `${look.label} ${counts.at(-1)}`).join(", ")}`}
      />
      <figcaption>
        {series.map(({ look, counts }) => (
          <span key={look.status}>
            <Status {...look} /> <span class="number">{numberText(counts.at(-1))}</span>{" "}
            <span class="faint">
              of {numberText(Math.min(...counts))} to {numberText(Math.max(...counts))}
            </span>
          </span>
        ))}
      </figcaption>
    </figure>
  );
}
