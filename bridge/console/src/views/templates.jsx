// SPDX-License-Identifier: Apache-2.0
// What devices of a template live through: diagram, statuses, and a box to play a scenario in.
import { useState } from "preact/hooks";
import { addressOf } from "../address.js";
import { call } from "../api.js";
import { Card, Failure, Loading, Status } from "../parts.jsx";
import { useTemplates } from "../use.js";
import { commandsText, interactionText } from "../words.js";

const example = "10:50:00 connect keepalive=45\n10:50:00 report\n10:50:01 lost\n10:52:30 end\n";

export function Templates({ parts }) {
  const templates = useTemplates();
  if (!templates.value) return templates.error ? <Failure error={templates.error} /> : <Loading what="templates" />;
  const chosen = templates.value.find((each) => each.template === parts[1]) ?? templates.value[0];
  return (
    <div class="templates">
      <h1>Templates</h1>
      <nav class="tabs" aria-label="Templates">
        {templates.value.map(({ template }) => (
          <a
            key={template}
            href={addressOf(["templates", template])}
            aria-current={template === chosen.template ? "page" : undefined}
          >
            {template}
          </a>
        ))}
      </nav>
      <Template key={chosen.template} it={chosen} />
    </div>
  );
}

function Template({ it }) {
  const at = `templates/${encodeURIComponent(it.template)}`;
  return (
    <>
      <Card title={it.template} aside={<a href={addressOf(["devices"], { template: it.template })}>Its devices</a>}>
        <div class="diagram" tabIndex={0} role="region" aria-label="Diagram">
          <img src={`api/v1/${at}/diagram.svg`} alt={descriptionOf(it)} />
        </div>
      </Card>
      <Card title="Statuses">
        <div class="wide" tabIndex={0} role="region" aria-label="Statuses">
          <table>
            <thead>
              <tr>
                {["Status", "After", "Counts as", "Its user", "Commands", "Forgotten after"].map((each) => (
                  <th key={each} scope="col">
                    {each}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {it.statuses.map((each) => (
                <tr key={each.status}>
                  <th scope="row">
                    <Status {...each} />
                    <code>{each.status}</code>
                  </th>
                  <td class="number">{each.after ?? "–"}</td>
                  <td>{each.counts_as}</td>
                  <td>{interactionText(each.interaction)}</td>
                  <td>{commandsText(each.commands)}</td>
                  <td class="number">{each.forget_after ?? "never"}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <p class="faint">{waysText(it)}</p>
      </Card>
      <Simulator at={at} statuses={it.statuses} />
    </>
  );
}

const descriptionOf = (it) => `Diagram of ${it.template}: ${it.statuses.map((each) => each.label).join(", then ")}`;

function waysText(it) {
  const labelOf = (key) => it.statuses.find((each) => each.status === key)?.label ?? key;
  const parts = [
    `A proper goodbye leads to ${labelOf(it.on_graceful.status)} after ${it.on_graceful.after}, any other end to ${labelOf(it.on_non_graceful.status)} after ${it.on_non_graceful.after}.`,
  ];
  if (it.online_on_report) parts.push("A report makes it Online, too.");
  if (it.report_every)
    parts.push(`A report is due every ${it.report_every}${it.report_grace ? `, ${it.report_grace} of grace` : ""}.`);
  if (it.flapping) parts.push(`Flapping from ${it.flapping.changes} changes within ${it.flapping.within}.`);
  if (it.ignore_blips) parts.push(`Ends shorter than ${it.ignore_blips} are ignored.`);
  return parts.join(" ");
}

function Simulator({ at, statuses }) {
  const [scenario, setScenario] = useState(example);
  const [lines, setLines] = useState(null);
  const [error, setError] = useState(null);
  const play = async (event) => {
    event.preventDefault();
    try {
      setLines((await call("POST", `${at}/simulate`, { text: scenario })).lines);
      setError(null);
    } catch (problem) {
      setError(problem);
      setLines(null);
    }
  };
  return (
    <Card title="What if">
      <form class="simulator" onSubmit={play}>
        <div>
          <label for="scenario">Scenario</label>
          <textarea
            id="scenario"
            rows={10}
            spellcheck={false}
            dir="ltr"
            value={scenario}
            onInput={(event) => setScenario(event.target.value)}
            aria-describedby="scenario-help"
          />
          <p id="scenario-help" class="faint">
            One event a line, at a time or +5m after the line before: connect, disconnect, lost, report, declare, set,
            release, broker_down, broker_up, end.
          </p>
          <button type="submit" class="primary">
            Play
          </button>
        </div>
        <div aria-live="polite">
          {error && <Mistake error={error} scenario={scenario} />}
          {lines && <Outcome lines={lines} statuses={statuses} />}
        </div>
      </form>
    </Card>
  );
}

function Mistake({ error, scenario }) {
  const number = Number(/line (\d+)/.exec(`${error.errors[0]?.detail ?? ""} ${error.message}`)?.[1]);
  const line = number && scenario.split("\n")[number - 1];
  return (
    <>
      <Failure error={error} />
      {line && (
        <pre class="wrong-line" dir="ltr">
          <span class="faint">{number}</span> {line}
        </pre>
      )}
    </>
  );
}

function Outcome({ lines, statuses }) {
  const lookOf = (key) => statuses.find((each) => each.status === key) ?? { label: key, color: "", icon: "" };
  if (!lines.length) return <p class="faint">The status never changes.</p>;
  return (
    <table class="outcome">
      <thead>
        <tr>
          <th scope="col">At</th>
          <th scope="col">Status</th>
          <th scope="col">Cause</th>
        </tr>
      </thead>
      <tbody>
        {lines.map((each, index) => (
          <tr key={index}>
            <td class="number">{each.at}</td>
            <td>
              <Status {...lookOf(each.status)} />
            </td>
            <td class="faint">
              <code>{each.cause}</code>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
