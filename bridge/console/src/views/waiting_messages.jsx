// SPDX-License-Identifier: Apache-2.0
// Messages to a device that wait until it is back, and a way to drop them.
import { useEffect, useState } from "preact/hooks";
import { access, call, deviceAt, get } from "../api.js";
import { Card, Failure, When } from "../parts.jsx";
import { useStore } from "../store.js";
import { useNow } from "../time.js";
import { useLoaded } from "../use.js";
import { plural } from "../words.js";

export function WaitingMessages({ it }) {
  const { mayWrite } = useStore(access);
  const now = useNow(30000);
  const [error, setError] = useState(null);
  const list = useLoaded((signal) => get(deviceAt(it.device, "/commands"), { signal }), [it.device]);
  useEffect(() => list.again(), [it.queued, it.seq]);
  const commands = list.value?.commands ?? [];
  if (!it.queued && !commands.length) return null;
  const drop = async () => {
    try {
      await call("DELETE", deviceAt(it.device, "/commands"));
      setError(null);
      list.again();
    } catch (problem) {
      setError(problem);
    }
  };
  return (
    <Card title="Waiting messages" aside={<span class="faint">{plural(it.queued, "message")}</span>}>
      <Failure error={error ?? list.error} />
      <ol class="told">
        {commands.map((each) => (
          <li key={each.topic}>
            <span class="text">
              <bdi class="id">{each.topic}</bdi>{" "}
              <span class="faint">
                <bdi>{each.preview ?? plural(each.bytes, "byte")}</bdi> · <When at={each.at} now={now} />
              </span>
            </span>
          </li>
        ))}
      </ol>
      <button type="button" class="danger" disabled={mayWrite === false} onClick={drop}>
        Drop them
      </button>
    </Card>
  );
}
