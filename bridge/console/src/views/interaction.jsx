// SPDX-License-Identifier: Apache-2.0
// What a user of this device may do now, as that user meets it: a small page of a device that does nothing but this.
import { useEffect, useState } from "preact/hooks";
import { Icon } from "../icons.jsx";
import { Card } from "../parts.jsx";
import { commandsText, interactionText } from "../words.js";

const kNotice = 3000;

export function Interaction({ it }) {
  const { interaction } = it;
  const [opened, setOpened] = useState(1);
  const [notice, setNotice] = useState(false);
  const [banner, setBanner] = useState(false);
  const [power, setPower] = useState(true);
  const [level, setLevel] = useState(60);

  useEffect(() => {
    setBanner(false);
    setNotice(interaction.notify_on_open);
    const timer = setTimeout(setNotice, kNotice, false);
    return () => clearTimeout(timer);
  }, [interaction.notify_on_open, it.status, opened]);

  const isOff = interaction.disable !== "none";
  const isAllOff = interaction.disable === "all";
  const use = (change) => {
    change();
    if (interaction.notify_on_interaction) setBanner(true);
  };
  return (
    <Card
      title="As its user meets it"
      aside={
        <button type="button" class="quiet" onClick={() => setOpened(opened + 1)}>
          Open again
        </button>
      }
    >
      <div class={`phone ${isAllOff ? "dimmed" : ""}`}>
        {notice && <Said icon={it.icon} color={it.color} text={it.message} kind="toast" />}
        {(banner || isOff) && <Said icon={it.icon} color={it.color} text={it.message} kind="banner" />}
        <label class="control">
          <span>Power</span>
          <input
            type="checkbox"
            role="switch"
            checked={power}
            disabled={isOff}
            onChange={() => use(() => setPower(!power))}
          />
        </label>
        <label class="control">
          <span>Level</span>
          <input
            type="range"
            min="0"
            max="100"
            value={level}
            disabled={isOff}
            onInput={(event) => use(() => setLevel(Number(event.target.value)))}
          />
        </label>
        <p class="control">
          <span>Value</span>
          <span class="number">{isAllOff ? "–" : `${level} %`}</span>
        </p>
      </div>
      <p class="faint">
        {interactionText(interaction)} {commandsText(it.commands)}
      </p>
    </Card>
  );
}

const Said = ({ icon, color, text, kind }) => (
  <p class={`said ${kind}`} role="status">
    <Icon name={icon} color={color} />
    <bdi>{text}</bdi>
  </p>
);
