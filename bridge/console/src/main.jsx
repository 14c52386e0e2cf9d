// SPDX-License-Identifier: Apache-2.0
import "./styles/tokens.css";
import "uplot/dist/uPlot.min.css";
import "./styles/base.css";
import "./styles/parts.css";
import "./styles/fleet.css";
import "./styles/list.css";
import "./styles/device.css";
import { render } from "preact";
import { App } from "./app.jsx";
import { applyTheme } from "./theme.js";

applyTheme();
render(<App />, document.getElementById("app"));
