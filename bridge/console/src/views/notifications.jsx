// SPDX-License-Identifier: Apache-2.0
// What people were told, what became of it in each channel, and when many devices were lost at once.
import { useEffect, useState } from "preact/hooks";
import { addressOf, replaceQuery } from "../address.js";
import { call, get } from "../api.js";
import { on } from "../live.js";
import { Card, Choice, Empty, Failure, Loading, Mark, When } from "../parts.jsx";
import { durationText, useNow } from "../time.js";
import { useLoaded } from "../use.js";
import { plural } from "../words.js";

const kPage = 50;
const kAgain = 10_000;
const results = [
  ["", "All"],
  ["waiting", "Waiting"],
  ["delivered", "Delivered"],
  ["dead", "Given up"],
];

/// The first page again and again, as what it tells of changes.
function useAgain(loaded) {
  useEffect(() => {
    const timer = setInterval(loaded.again, kAgain);
    return () => clearInterval(timer);
  }, [loaded.again]);
  useEffect(() => on("incident", loaded.again), [loaded.again]);
}

export function Notifications({ query }) {
  const result = results.some(([key]) => key === query.result) ? query.result : "";
  const device = query.device ?? "";
  const [count, setCount] = useState(kPage);
  const list = useLoaded(
    (signal) =>
      get("notifications", {
        signal,
        query: { limit: count, ...(result && { result }), ...(device && { device }) },
      }),
    [result, device, count],
  );
  useAgain(list);
  return (
    <div class="notifications">
      <div class="list-head">
        <h1>Notifications</h1>
        <span class="spring" />
        <Choice
          label="Result"
          options={results}
          value={result}
          onChange={(each) => replaceQuery({ ...query, result: each })}
        />
      </div>
      {device && (
        <p>
          About <bdi class="id">{device}</bdi>. <a href={addressOf(["notifications"], { result })}>All devices</a>
        </p>
      )}
      <Failure error={list.error} />
      {!device && <Incidents />}
      <Card title="Told">
        {!list.value && !list.error && <Loading what="notifications" />}
        {list.value?.notifications.length === 0 && (
          <Empty title="Nobody was told of anything">
            A status tells people if its template says <code>notify</code>.
          </Empty>
        )}
        <List notifications={list.value?.notifications ?? []} onRetried={list.again} />
        {list.value?.next && (
          <button type="button" class="quiet" onClick={() => setCount(count + kPage)}>
            Show more
          </button>
        )}
      </Card>
    </div>
  );
}

/// Of one device, the latest.
export function ToldOf({ id }) {
  const list = useLoaded((signal) => get("notifications", { signal, query: { limit: 5, device: id } }), [id]);
  useAgain(list);
  if (!list.value?.notifications.length) return null;
  return (
    <Card title="Notifications" aside={<a href={addressOf(["notifications"], { device: id })}>All</a>}>
      <List notifications={list.value.notifications} onRetried={list.again} />
    </Card>
  );
}

function List({ notifications, onRetried }) {
  const now = useNow(30000);
  return (
    <ol class="told">
      {notifications.map((each) => (
        <li key={each.id}>
          <span class="when number">
            <When at={each.at} now={now} />
          </span>
          <span class="text">
            {each.device ? (
              <a href={addressOf(["devices", each.device])}>
                <bdi>{each.text}</bdi>
              </a>
            ) : (
              <bdi>{each.text}</bdi>
            )}{" "}
            {each.count > 1 && each.device && <span class="faint">for {plural(each.count, "event")}</span>}
          </span>
          <Deliveries notification={each} onRetried={onRetried} />
        </li>
      ))}
    </ol>
  );
}

const words = { waiting: "waiting", delivered: "delivered", dead: "given up" };
const icons = { waiting: "flap", delivered: "circle", dead: "alert" };

function Deliveries({ notification, onRetried }) {
  const now = useNow(1000);
  const [error, setError] = useState(null);
  const retry = async () => {
    try {
      await call("POST", `notifications/${encodeURIComponent(notification.id)}/retry`);
      setError(null);
      onRetried();
    } catch (problem) {
      setError(problem);
    }
  };
  if (!notification.deliveries.length) return <span class="faint">no channel</span>;
  return (
    <span class="deliveries">
      {notification.deliveries.map((each) => (
        <span key={each.channel} title={each.answer ?? undefined}>
          <Mark icon={icons[each.result]} text={`${each.channel}: ${words[each.result]}`} />
          {each.result === "waiting" && each.attempts > 0 && (
            <span class="faint"> again in {durationText(Math.max(0, Date.parse(each.due) - now))}</span>
          )}
          {each.result !== "delivered" && each.answer && (
            <span class="faint">
              {" "}
              <bdi>{each.answer}</bdi>
            </span>
          )}
        </span>
      ))}
      {notification.deliveries.some((each) => each.result === "dead") && (
        <button type="button" class="quiet" onClick={retry}>
          Send again
        </button>
      )}
      <Failure error={error} />
    </span>
  );
}

const groups = { broker: "Broker", gateway: "Gateway", address: "Addresses" };

function Incidents() {
  const list = useLoaded((signal) => get("incidents", { signal, query: { limit: 10 } }), []);
  useAgain(list);
  const now = useNow(5000);
  if (list.error) return <Failure error={list.error} />;
  if (!list.value?.incidents.length) return null;
  return (
    <Card title="Incidents">
      <ol class="told">
        {list.value.incidents.map((each) => (
          <li key={each.id}>
            <span class="when number">
              <When at={each.began} now={now} />
            </span>
            <span class="text">
              {groups[each.kind]} <bdi>{each.what}</bdi>: {plural(each.devices, "device")} lost
              {each.ended ? `, ${each.back} back` : ""}
              <details>
                <summary>Which</summary>
                <span class="which">
                  {each.list.map((device) => (
                    <a key={device} href={addressOf(["devices", device])}>
                      <bdi>{device}</bdi>
                    </a>
                  ))}
                  {each.devices > each.list.length && <span class="faint">and more</span>}
                </span>
              </details>
            </span>
            {each.ended ? (
              <span class="faint">over after {durationText(Date.parse(each.ended) - Date.parse(each.began))}</span>
            ) : (
              <Mark icon="alert" text="goes on" />
            )}
          </li>
        ))}
      </ol>
    </Card>
  );
}
