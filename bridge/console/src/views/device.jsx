// SPDX-License-Identifier: Apache-2.0
// One device: what it is now, what comes next, what it has lived through, and what can be done.
import { useMemo } from "preact/hooks";
import { addressOf } from "../address.js";
import { deviceAt, get } from "../api.js";
import { Icon } from "../icons.jsx";
import { Card, Empty, Failure, Loading, Mark, Marks, Notice, Status, When } from "../parts.jsx";
import { countdownText, durationText, useNow } from "../time.js";
import { useDebounced, useLoaded, useStatuses, useTemplates } from "../use.js";
import { causeText, isBrokersDoing, shareText } from "../words.js";
import { DeviceActions } from "./device_actions.jsx";
import { Interaction } from "./interaction.jsx";
import { ToldOf } from "./notifications.jsx";
import { Past } from "./past.jsx";
import { WaitingMessages } from "./waiting_messages.jsx";

export function Device({ id, query }) {
  const device = useLoaded((signal) => get(deviceAt(id), { signal }), [id]);
  const explanation = useLoaded((signal) => get(deviceAt(id, "/explain"), { signal }), [id]);
  const templates = useTemplates();
  const again = useDebounced(() => {
    device.again();
    explanation.again();
  });

  useStatuses(
    (changed, gone) => {
      const payload = changed.find((each) => each.device === id);
      if (payload && device.value && payload.seq > device.value.seq) device.set({ ...device.value, ...payload });
      if (payload || gone.includes(id)) again();
    },
    [id, device.value],
  );

  const template = useMemo(
    () => templates.value?.find((each) => each.template === device.value?.template),
    [templates.value, device.value?.template],
  );
  if (device.error?.status === 404) {
    return (
      <Empty title="This device isn't known">
        Nobody has heard of <bdi class="id">{id}</bdi>, or it was forgotten.{" "}
        <a href={addressOf(["devices"])}>All devices</a>
      </Empty>
    );
  }
  const it = device.value;
  if (!it) return device.error ? <Failure error={device.error} /> : <Loading what={id} />;
  return (
    <article class="device">
      <Head it={it} template={template} />
      <div class="device-columns">
        <div class="stack">
          <Past id={id} it={it} template={template} range={query.range}>
            <Explanation words={explanation.value?.in_words} />
          </Past>
        </div>
        <div class="stack">
          <DeviceActions it={it} template={template} onDone={(value) => (value ? device.set(value) : device.again())} />
          <Interaction it={it} />
          <WaitingMessages it={it} />
          <ToldOf id={id} />
          <Connections list={it.connections} />
          <Facts it={it} />
        </div>
      </div>
    </article>
  );
}

function Head({ it, template }) {
  const now = useNow(250);
  const labelOf = (key) => template?.statuses.find((each) => each.status === key)?.label ?? key;
  return (
    <header class="device-head">
      <a class="up" href={addressOf(["devices"])}>
        <Icon name="back" size={14} /> Devices
      </a>
      <h1>
        <bdi class="id">{it.device}</bdi>
      </h1>
      <div class="now">
        <span role="status">
          <Status {...it} large />
        </span>
        <span class="since">
          since <When at={it.since} now={now} /> <span class="faint">· {durationText(now - Date.parse(it.since))}</span>
        </span>
        {it.next && (
          <span class="next">
            <bdi>{labelOf(it.next.status)}</bdi> in{" "}
            <strong class="number">{countdownText(Date.parse(it.next.at) - now)}</strong>
          </span>
        )}
        <Marks device={it} />
        {it.set && <Mark icon="pin" text={it.set.hold ? "held by an operator" : "set by an operator"} />}
        {it.muted_until && <Mark icon="bell" text="muted" />}
      </div>
      <Reason it={it} now={now} />
    </header>
  );
}

function Reason({ it, now }) {
  if (it.connected) return null;
  if (isBrokersDoing(it.cause)) {
    return (
      <Notice kind="warn" icon="broker">
        <strong>Lost by the broker, not by the device. </strong>
        Its broker was away; whether the device itself was well isn't known.
      </Notice>
    );
  }
  if (!it.cause) return null;
  return (
    <p class="reason">
      Last end: {causeText(it.cause)}
      {it.last_disconnect && (
        <>
          , <When at={it.last_disconnect} now={now} ago />
        </>
      )}
      .
    </p>
  );
}

// What stands elsewhere on this page.
const elsewhere = ["status", "connected", "last_seen", "last_heard", "template", "rule"];
const kTime = /(\d{4}-\d\d-\d\dT[\d:.]+Z)/;

function Explanation({ words }) {
  if (!words) return null;
  return (
    <Card title="Why it is so" name="explanation">
      <dl class="words">
        {Object.entries(words)
          .filter(([key]) => !elsewhere.includes(key))
          .map(([key, lines]) => (
            <div key={key}>
              <dt>{key.replaceAll("_", " ")}</dt>
              {[lines].flat().map((line, index) => (
                <dd key={index}>
                  <bdi>
                    {line.split(kTime).map((part, place) => (place % 2 ? <When key={place} at={part} /> : part))}
                  </bdi>
                </dd>
              ))}
            </div>
          ))}
      </dl>
    </Card>
  );
}

function Connections({ list }) {
  return (
    <Card title="Connections">
      {!list.length && <p class="faint">None just now.</p>}
      {list.map((each) => (
        <dl class="facts" key={each.broker + each.client_id}>
          <Fact name="Client id" value={each.client_id} />
          <Fact name="Broker" value={each.broker} />
          <Fact name="Address" value={each.address} />
          <Fact name="User" value={each.username} />
          <Fact name="MQTT" value={each.protocol} />
          <Fact name="Keepalive" value={each.keepalive ? durationText(each.keepalive * 1000) : "none"} />
          <Fact name="Since" value={each.since && <When at={each.since} />} />
        </dl>
      ))}
    </Card>
  );
}

function Facts({ it }) {
  return (
    <Card title="Facts">
      <dl class="facts">
        <Fact name="Template" value={<a href={addressOf(["templates", it.template])}>{it.template}</a>} />
        <Fact name="By rule" value={it.rule && <code>{it.rule.text}</code>} />
        <Fact
          name="Available"
          value={`${shareText(it.availability["24h"])} in 24 h · ${shareText(it.availability["7d"])} in 7 days · ${shareText(it.availability["30d"])} in 30 days`}
        />
        <Fact name="Disconnects" value={`${it.disconnects.today} today · ${it.disconnects["30d"]} in 30 days`} />
        <Fact name="First contact" value={it.first_contact && <When at={it.first_contact} />} />
        <Fact name="Last connect" value={it.last_connect && <When at={it.last_connect} />} />
        <Fact name="Last disconnect" value={it.last_disconnect && <When at={it.last_disconnect} />} />
        <Fact name="Last report" value={it.last_report && <When at={it.last_report} />} />
        <Fact name="Last seen" value={it.last_seen && <When at={it.last_seen} />} />
        {it.declaration && (
          <Fact
            name="Announced"
            value={`${it.declaration.status}${it.declaration.for ? ` for ${it.declaration.for}` : ""}`}
          />
        )}
        {it.muted_until && (
          <Fact name="Muted until" value={it.muted_until > "2200" ? "unmuted" : <When at={it.muted_until} />} />
        )}
      </dl>
    </Card>
  );
}

const Fact = ({ name, value }) => (
  <div>
    <dt>{name}</dt>
    <dd>{value ? <bdi>{value}</bdi> : <span class="faint">–</span>}</dd>
  </div>
);
