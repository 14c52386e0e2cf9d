// SPDX-License-Identifier: Apache-2.0
// The bridge itself: its brokers, its store, and what it warns of.
import { live } from "../live.js";
import { Card, Loading, Mark, Notice, When } from "../parts.jsx";
import { useStore } from "../store.js";
import { durationText, useNow } from "../time.js";
import { numberText, plural } from "../words.js";

const plugins = {
  answers: "answers",
  silent: "doesn't answer",
  other_version: "speaks another version",
  serves_another: "serves another bridge",
};

export function System() {
  const { bridge } = useStore(live);
  const now = useNow();
  if (!bridge) return <Loading what="the bridge" />;
  const { store } = bridge;
  return (
    <div class="system">
      <h1>System</h1>
      {!bridge.ready && (
        <Notice kind="warn">
          <strong>Not ready: </strong>
          {bridge.why_not_ready}
        </Notice>
      )}
      {bridge.warnings.map((each) => (
        <Notice kind="warn" key={each.broker + each.message}>
          <strong>
            Broker <bdi>{each.broker}</bdi>:{" "}
          </strong>
          {each.message}
        </Notice>
      ))}
      {bridge.too_large.map((each) => (
        <Notice kind="warn" key={each.broker + each.setting}>
          <strong>
            Broker <bdi>{each.broker}</bdi> lets no message through that is large enough:{" "}
          </strong>
          {each.setting} must allow {numberText(each.needs)} bytes; {plural(each.statuses, "status", "statuses")} and{" "}
          {plural(each.rows, "row")} couldn't be published.
        </Notice>
      ))}
      <Card title="Brokers">
        <ul class="brokers">
          {bridge.brokers.map((each) => (
            <Broker key={each.broker} broker={each} />
          ))}
        </ul>
      </Card>
      <div class="columns">
        <Card title="Bridge">
          <dl class="facts">
            <Fact name="Version" value={bridge.version} />
            <Fact
              name="Running"
              value={
                <>
                  since <When at={bridge.since} now={now} /> · {durationText(now - Date.parse(bridge.since))}
                </>
              }
            />
            <Fact
              name="Devices"
              value={`${numberText(bridge.devices)}, ${numberText(bridge.connected)} connected, ${numberText(bridge.flapping)} flapping`}
            />
            <Fact name="To be published" value={numberText(bridge.backlog)} />
            <Fact name="Refused newcomers" value={numberText(bridge.refused_newcomers)} />
          </dl>
        </Card>
        <Card
          title="Store"
          aside={<Mark icon={store.error ? "alert" : "archive"} text={store.error ? "can't be written" : "well"} />}
        >
          <dl class="facts">
            <Fact name="File" value={<code>{store.path}</code>} />
            <Fact name="To be stored" value={numberText(store.unstored)} />
            <Fact name="Lost rows" value={numberText(store.lost_rows)} />
            {store.error && <Fact name="Error" value={store.error} />}
          </dl>
        </Card>
      </div>
    </div>
  );
}

const Fact = ({ name, value }) => (
  <div>
    <dt>{name}</dt>
    <dd>{value}</dd>
  </div>
);

function Broker({ broker }) {
  const isWell = broker.connected && broker.synced;
  return (
    <li>
      <span class={isWell ? "lamp good" : "lamp bad"} aria-hidden="true" />
      <strong>
        <bdi>{broker.broker}</bdi>
      </strong>
      <code>{broker.uri}</code>
      <span>
        {!broker.connected ? "away" : broker.synced ? "connected, list is in" : "connected, its list is being read"}
      </span>
      <span class="faint">
        {broker.plugin ? `plugin ${broker.plugin_version ?? ""} ${plugins[broker.plugin]}` : "plugin not heard of yet"}
      </span>
      {broker.error && <span class="wrong">{broker.error}</span>}
    </li>
  );
}
