# SPDX-License-Identifier: Apache-2.0
"""Debian's Chromium, driven by playwright-core in Node.js: tests/system/console/driver.mjs."""

import json
import shutil
import subprocess
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "console"
CHROMIUM = Path("/usr/bin/chromium")


def why_no_browser():
    """A reason to skip; nothing: there is all that is needed but for the packages."""
    if not CHROMIUM.exists():
        return f"{CHROMIUM} isn't there (apt-get install chromium)"
    for name in ("node", "npm"):
        if not shutil.which(name):
            return f"{name} isn't there (apt-get install nodejs npm)"
    return None


def install(folder):
    """The packages of console/package-lock.json into `folder`, once for each lock. Returns why it couldn't, or nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = FOLDER / "package-lock.json"
    kept = folder / "package-lock.json"
    if (folder / "node_modules/.package-lock.json").exists() and kept.read_bytes() == lock.read_bytes():
        return None
    for name in ("package.json", "package-lock.json"):
        shutil.copy(FOLDER / name, folder / name)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"]
    tried = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if tried.returncode == 0:
        return None
    kept.unlink()
    return f"npm couldn't get playwright-core and axe-core: {tried.stderr.strip()[-300:]}"


class Browser:
    def __init__(self, modules, profile, base):
        command = ["node", FOLDER / "driver.mjs", modules, profile, base]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        self._answer()

    def run(self, code, **values):
        """Runs JavaScript with `page`, `context`, `base`, `axe()`, `problems`, and the values by their names; returns what that returns."""
        names = "".join(f"const {name} = {json.dumps(value)};" for name, value in values.items())
        self.process.stdin.write(json.dumps({"code": names + code}) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def _answer(self):
        line = self.process.stdout.readline()
        assert line, f"the browser's driver ended with {self.process.wait()}"
        answer = json.loads(line)
        assert "error" not in answer, f"{answer['error']}\nThe page:\n{answer['page'][:3000]}"
        return answer["value"]

    def open(self, address):
        """Such as "#/devices": from anew, so that nothing of the page before is left."""
        self.run("await page.goto('about:blank'); await page.goto(base + address)", address=address)

    def sees(self, text, selector="body", timeout=5000):
        """Waits until it is on the page."""
        self.run(
            "await page.locator(selector).filter({hasText: text}).first().waitFor({timeout})",
            text=text, selector=selector, timeout=timeout,
        )  # fmt: skip

    def end(self):
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
