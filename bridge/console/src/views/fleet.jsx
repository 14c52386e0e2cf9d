// SPDX-License-Identifier: Apache-2.0
// The fleet at a glance: how many are in which status, who changed last, who flaps.
import { addressOf } from "../address.js";
import { get } from "../api.js";
import { live } from "../live.js";
import { Card, Empty, Failure, Loading, Marks, Notice, Status, When } from "../parts.jsx";
import { useStore } from "../store.js";
import { useNow } from "../time.js";
import { looksOf, useDebounced, useLoaded, useStatuses, useTemplates } from "../use.js";
import { causeText, numberText, partText, plural } from "../words.js";

const kLatest = 12;

export function Fleet() {
  const { fleet, incidents } = useStore(live);
  const templates = useTemplates();
  const latest = useLoaded((signal) => get("devices", { signal, query: { sort: "-since", limit: kLatest } }), []);
  const flapping = useLoaded((signal) => get("devices", { signal, query: { flapping: true, limit: 10 } }), []);
  const againFlapping = useDebounced(flapping.again);

  useStatuses(
    (changed, gone) => {
      if (latest.value) latest.set({ ...latest.value, devices: newest(latest.value.devices, changed, gone) });
      const shown = new Set(flapping.value?.devices.map((each) => each.device));
      if (changed.some((each) => each.flapping !== shown.has(each.device)) || gone.some((each) => shown.has(each)))
        againFlapping();
    },
    [latest.value, flapping.value],
  );

  if (!fleet || !templates.value)
    return templates.error ? <Failure error={templates.error} /> : <Loading what="the fleet" />;
  return (
    <>
      <h1 class="unseen">Fleet</h1>
      <Totals fleet={fleet} />
      {fleet.devices === 0 ? (
        <Empty title="No device yet">
          The first client that connects to a broker with the plugin shows up here, within moments.{" "}
          <a href={addressOf(["system"])}>Are the brokers there?</a>
        </Empty>
      ) : (
        <>
          <Statuses fleet={fleet} templates={templates.value} />
          <div class="columns">
            <Card
              title="Changed last"
              aside={<a href={addressOf(["devices"], { sort: "-since" })}>All, latest first</a>}
            >
              {latest.value && <Latest devices={latest.value.devices} />}
            </Card>
            <div class="stack">
              <Card
                title="Flapping"
                aside={
                  fleet.flapping > 0 && (
                    <a href={addressOf(["devices"], { flapping: "true" })}>{plural(fleet.flapping, "device")}</a>
                  )
                }
              >
                {flapping.value?.devices.length ? (
                  <Short devices={flapping.value.devices} />
                ) : (
                  <p class="faint">None.</p>
                )}
              </Card>
              <Card title="Many at once" aside={<a href={addressOf(["notifications"])}>All</a>}>
                {incidents.length ? (
                  incidents.map((each) => <Outage key={each.id + each.ended} incident={each} />)
                ) : (
                  <p class="faint">None while this page was open.</p>
                )}
              </Card>
            </div>
          </div>
        </>
      )}
    </>
  );
}

function newest(devices, changed, gone) {
  const all = new Map(devices.map((each) => [each.device, each]));
  for (const each of gone) all.delete(each);
  for (const each of changed) {
    const known = all.get(each.device);
    if (!known || known.seq < each.seq) all.set(each.device, each);
  }
  return [...all.values()]
    .sort((one, other) => (one.since < other.since ? 1 : one.since > other.since ? -1 : 0))
    .slice(0, kLatest);
}

function Totals({ fleet }) {
  const Number = ({ count, text, query }) => (
    <a href={addressOf(["devices"], query)}>
      <strong>{numberText(count)}</strong> <span>{text}</span>
    </a>
  );
  return (
    <div class="totals">
      <Number count={fleet.devices} text={fleet.devices === 1 ? "device" : "devices"} query={{}} />
      <Number count={fleet.connected} text="connected" query={{ connected: "true" }} />
      <Number count={fleet.devices - fleet.connected} text="not connected" query={{ connected: "false" }} />
      <Number count={fleet.flapping} text="flapping" query={{ flapping: "true" }} />
    </div>
  );
}

/// [{ status, label, color, icon, count }…] over all templates, in their statuses' order.
function countsOf(templates, looks) {
  const counts = new Map([...looks.keys()].map((key) => [key, 0]));
  for (const statuses of Object.values(templates)) {
    for (const [key, count] of Object.entries(statuses)) counts.set(key, (counts.get(key) ?? 0) + count);
  }
  return [...counts].map(([status, count]) => ({
    label: status,
    color: "#8b8d98",
    icon: "",
    ...looks.get(status),
    status,
    count,
  }));
}

function Statuses({ fleet, templates }) {
  const all = countsOf(fleet.templates, looksOf(templates));
  const inUse = templates.filter((each) => sum(fleet.templates[each.template]) > 0);
  return (
    <Card title="By status" name="by-status">
      <Bar counts={all} total={fleet.devices} query={{}} />
      <ul class="tiles">
        {all.map((each) => (
          <li key={each.status}>
            <a href={addressOf(["devices"], { status: each.status })} class={each.count ? "" : "none"}>
              <Status {...each} />
              <span class="count">{numberText(each.count)}</span>
              <span class="faint">{partText(each.count / fleet.devices)}</span>
            </a>
          </li>
        ))}
      </ul>
      {inUse.length > 1 && (
        <ul class="by-template">
          {inUse.map(({ template, statuses }) => (
            <li key={template}>
              <a href={addressOf(["devices"], { template })}>{template}</a>
              <Bar
                counts={statuses.map((each) => ({ ...each, count: fleet.templates[template][each.status] ?? 0 }))}
                total={sum(fleet.templates[template])}
                query={{ template }}
              />
              <span class="number">{numberText(sum(fleet.templates[template]))}</span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

const sum = (counts) => Object.values(counts ?? {}).reduce((all, each) => all + each, 0);

function Bar({ counts, total, query }) {
  return (
    <div class="bar">
      {counts
        .filter((each) => each.count > 0)
        .map((each) => (
          <a
            key={each.status}
            href={addressOf(["devices"], { ...query, status: each.status })}
            style={{ flexGrow: each.count / total, background: each.color }}
            aria-label={`${each.label}: ${plural(each.count, "device")}`}
            title={`${each.label}: ${numberText(each.count)}, ${partText(each.count / total)}`}
          />
        ))}
    </div>
  );
}

function Latest({ devices }) {
  const now = useNow();
  return (
    <ul class="rows">
      {devices.map((each) => (
        <li key={each.device}>
          <Status {...each} />
          <a class="id" href={addressOf(["devices", each.device])}>
            <bdi>{each.device}</bdi>
          </a>
          <span class="why">
            <Marks device={each} />
            {!each.connected && each.cause !== "broker_lost" && (
              <span class="faint cause">{causeText(each.cause)}</span>
            )}
          </span>
          <span class="faint when">
            <When at={each.since} now={now} ago />
          </span>
        </li>
      ))}
    </ul>
  );
}

const Short = ({ devices }) => (
  <ul class="rows short">
    {devices.map((each) => (
      <li key={each.device}>
        <Status {...each} />
        <a class="id" href={addressOf(["devices", each.device])}>
          <bdi>{each.device}</bdi>
        </a>
      </li>
    ))}
  </ul>
);

const Outage = ({ incident }) => (
  <Notice icon="broker">
    <strong>
      <bdi>{incident.what}</bdi>
    </strong>
    : {plural(incident.devices, "device")} lost at <When at={incident.began} />
    {incident.ended && (
      <>
        , {numberText(incident.back)} back; over at <When at={incident.ended} />
      </>
    )}
    .
  </Notice>
);
