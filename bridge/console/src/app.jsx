// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from "preact/hooks";
import { access, logout } from "./api.js";
import { address, addressOf } from "./address.js";
import { Icon } from "./icons.jsx";
import { live, startLive } from "./live.js";
import { Notice, When } from "./parts.jsx";
import { useStore } from "./store.js";
import { applyTheme, nextTheme, theme } from "./theme.js";
import { useNow } from "./time.js";
import { Device } from "./views/device.jsx";
import { Devices } from "./views/devices.jsx";
import { Fleet } from "./views/fleet.jsx";
import { History } from "./views/history.jsx";
import { Login } from "./views/login.jsx";
import { Notifications } from "./views/notifications.jsx";
import { System } from "./views/system.jsx";
import { Templates } from "./views/templates.jsx";

const views = [
  ["", "Fleet", Fleet],
  ["devices", "Devices", Devices],
  ["history", "History", History],
  ["notifications", "Notifications", Notifications],
  ["templates", "Templates", Templates],
  ["system", "System", System],
];

export function App() {
  const { parts, query } = useStore(address);
  const { wanted } = useStore(access);
  const { link } = useStore(live);
  useEffect(startLive, []);
  const name = parts[0] ?? "";
  const found = views.find(([key]) => key === name);
  const isDevice = name === "devices" && parts.length > 1;
  const title = isDevice ? parts[1] : (found?.[1] ?? "Not found");
  useEffect(() => {
    document.title = `${title} · Rollcall`;
    scrollTo(0, 0);
  }, [title]);
  const View = found?.[2];
  return (
    <>
      <a
        class="skip"
        href="#content"
        onClick={(event) => (event.preventDefault(), document.getElementById("content").focus())}
      >
        Skip to the content
      </a>
      <Header current={name} />
      <Banners />
      <main id="content" tabIndex={-1} class={link === "away" && !wanted ? "stale" : ""}>
        {wanted ? (
          <Login />
        ) : isDevice ? (
          <Device key={parts[1]} id={parts[1]} query={query} />
        ) : View ? (
          <View query={query} parts={parts} />
        ) : (
          <p>
            There is no such view. <a href={addressOf([])}>To the fleet</a>
          </p>
        )}
      </main>
    </>
  );
}

function Header({ current }) {
  const { hasSession } = useStore(access);
  return (
    <header class="top">
      <a class="brand" href={addressOf([])}>
        <svg viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
          <rect width="24" height="24" rx="6" />
          <path d="M5.5 8l1.6 1.6L10 6.4M5.5 16l1.6 1.6 2.9-3.2M13.5 8h5M13.5 16h5" />
        </svg>
        Rollcall
      </a>
      <nav aria-label="Views">
        {views.map(([key, text]) => (
          <a key={key} href={addressOf(key ? [key] : [])} aria-current={key === current ? "page" : undefined}>
            {text}
          </a>
        ))}
      </nav>
      <div class="tools">
        <Link />
        <ThemeSwitch />
        {hasSession && (
          <button type="button" class="quiet" onClick={logout}>
            Sign out
          </button>
        )}
      </div>
    </header>
  );
}

const links = { "signed-out": "Signed out", connecting: "Connecting", live: "Live", away: "Away" };
function Link() {
  const { link } = useStore(live);
  const { wanted } = useStore(access);
  const state = wanted === "read" ? "signed-out" : link;
  return (
    <span class={`link ${state}`} role="status">
      {links[state]}
    </span>
  );
}

function ThemeSwitch() {
  const [current, setCurrent] = useState(theme());
  const next = nextTheme(current);
  const change = () => {
    applyTheme(next);
    setCurrent(next);
  };
  return (
    <button
      type="button"
      class="quiet square"
      onClick={change}
      aria-label={`Theme: ${current}. Change to ${next}`}
      title={`Theme: ${current}`}
    >
      <Icon name={{ auto: "auto", light: "sun", dark: "moon" }[current]} />
    </button>
  );
}

const kSayBack = 6000;
/// What nobody may miss: bridge, brokers or store aren't well.
function Banners() {
  const { link, asOf, cameBack, brokersAway, bridge } = useStore(live);
  const { wanted } = useStore(access);
  const now = useNow();
  const away = Object.entries(brokersAway);
  const isBack = link === "live" && cameBack && Date.now() - cameBack < kSayBack;
  if (wanted) return null;
  return (
    <div class="banners" aria-live="polite">
      {link === "away" && (
        <Notice kind="bad">
          <strong>The bridge doesn't answer. </strong>
          What you see is as of <When at={new Date(asOf).toISOString()} now={now} />; it is tried again by itself.
        </Notice>
      )}
      {isBack && (
        <Notice kind="good" icon="wifi">
          The bridge is back, and what was missed is caught up with.
        </Notice>
      )}
      {link !== "away" &&
        away.map(([name, { since, connected }]) => (
          <Notice kind="warn" icon="broker" key={name}>
            <strong>
              Broker <bdi>{name}</bdi> is {connected ? "being read" : "away"}.{" "}
            </strong>
            Its devices are shown as of <When at={new Date(since).toISOString()} now={now} />.
          </Notice>
        ))}
      {link !== "away" && bridge?.store.error && (
        <Notice kind="warn">
          <strong>The store can't be written. </strong>
          {bridge.store.error}
        </Notice>
      )}
    </div>
  );
}
