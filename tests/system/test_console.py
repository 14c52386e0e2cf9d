# SPDX-License-Identifier: Apache-2.0
"""The web console in a real browser, against a real bridge and broker."""

import gzip
import json
import os
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote

import pytest
from conftest import Makers

from rollcall_testing.browser import Browser, install, why_no_browser
from rollcall_testing.http import address_of
from rollcall_testing.stack import Stack
from rollcall_testing.waiting import wait_for

pytestmark = pytest.mark.skipif(bool(why_no_browser()), reason=str(why_no_browser()))

MOST_BYTES = 150_000  # compressed, all files together

TEMPLATES = {
    "pump": {"statuses": [
        {"status": "online"},
        {"status": "offline", "after": "42s", "interaction": "disable_controls", "message": "The pump can't be reached"},
        {"status": "inactive", "after": "10m", "interaction": "notify_on_open"},
    ]},
    "lamp": {"statuses": [
        {"status": "online"}, {"status": "standby", "label": "Asleep", "after": "0s"}, {"status": "offline", "after": "10m"},
    ]},
    "siren": {"statuses": [{"status": "online"}, {"status": "offline", "after": "0s", "notify": {"recovery": False}}]},
}  # fmt: skip
ODD_IDS = ["<img src=x onerror=alert(1)>", "مضخة-٧", "🌡️ 🌱", "a/b%2F?#c", "w" * 500]
BULK = 1300


def modules_folder():
    return Path(os.environ.get("ROLLCALL_BROKERS") or Path(__file__).resolve().parents[2] / "build/brokers").parent / "console-tests"


@pytest.fixture(scope="module")
def made(request, tmp_path_factory, broker_version):
    makers = Makers(request, tmp_path_factory, broker_version)
    yield makers
    makers.end()


@pytest.fixture(scope="module")
def stack(made):
    tokens = {}
    for kind in ("read", "write"):
        file = made.next_folder(kind).with_suffix(".tokens")
        file.write_text(f"the-{kind}-token\n")
        file.chmod(0o600)
        tokens[f"{kind}_tokens_file"] = str(file)
    stack = made.keep(Stack(made.version, made.next_folder("stack"), config="allow_anonymous true\nlog_dest topic\n", templates=TEMPLATES,
                            bridge={"http": {"listen": "127.0.0.1:0", "base_path": "/of/rollcall", **tokens}}))  # fmt: skip
    stack.start()
    host, port = address_of(stack.bridge)
    # The same after a restart.
    stack.bridge.config["http"]["listen"] = f"{host}:{port}"
    return stack


@pytest.fixture(scope="module")
def base(stack):
    host, port = address_of(stack.bridge)
    return f"http://{host}:{port}/of/rollcall"


@pytest.fixture(scope="module")
def browser(stack, base, tmp_path_factory):
    failed = install(modules_folder())
    if failed:
        pytest.skip(failed)
    browser = Browser(modules_folder(), tmp_path_factory.mktemp("profile"), base + "/")
    yield browser
    browser.end()


@pytest.fixture(scope="module")
def api(stack):
    def ask(method, path, body=None):
        # Not by rollcall_testing.http.Api, which holds answers against paths that have no base.
        connection = HTTPConnection(*address_of(stack.bridge), timeout=20)
        headers = {"Authorization": "Bearer the-write-token", "Content-Type": "application/json"}
        connection.request(method, f"/of/rollcall/api/v1/{path}", json.dumps(body) if body else None, headers)
        response = connection.getresponse()
        answer = json.loads(response.read() or "null")
        connection.close()
        assert response.status < 300, answer
        return answer

    return ask


def log_in(browser, token):
    browser.run("await page.getByLabel('Token', {exact: true}).fill(token); await page.getByRole('button', {name: 'Sign in'}).click()", token=token)


def sign_in(browser):
    browser.open("#/")
    browser.run("await page.locator('#token, .totals').first().waitFor()")
    if browser.run("return await page.locator('#token').count()"):
        log_in(browser, "the-write-token")
    browser.sees("Live", ".link")


@pytest.fixture(scope="module")
def writer(browser):
    """The browser, signed in by the token that may write."""
    sign_in(browser)
    return browser


def test_only_who_has_a_token_sees_anything(browser):
    browser.open("#/devices")
    browser.sees("A token to look")
    log_in(browser, "a-wrong-token")
    browser.sees("isn't known", "#token-error")
    log_in(browser, "the-read-token")
    browser.sees("No device yet")


def test_who_may_only_read_is_told_so(browser, stack):
    stack.device("pump:reader's")
    browser.open("#/devices/reader's")
    browser.run("await page.getByRole('button', {name: 'Set', exact: true}).click()")
    browser.sees("this token may read, but not write", ".notice.bad")
    browser.run("await page.getByRole('button', {name: 'Sign out'}).click()")
    browser.sees("A token to look")


def test_a_change_shows_within_moments_on_every_view(writer, stack):
    writer.open("#/")
    writer.sees("Changed last")
    client = stack.device("lamp:live-1")
    writer.sees("live-1", ".rows")
    writer.open("#/devices")
    writer.sees("live-1", ".scroller .row")
    client.disconnect()
    writer.sees("Asleep", ".row:has-text('live-1')")
    writer.open("#/devices/live-1")
    writer.sees("Asleep", ".now")
    # From the broker's word to the page: the stream, the console's 30 ms of gathering, and a frame.
    writer.run(
        "await page.evaluate(() => { window.shown = null; new MutationObserver(() => {"
        "  if (!window.shown && document.querySelector('.now .status').textContent === 'Online') window.shown = Date.now();"
        "}).observe(document.querySelector('.now'), {subtree: true, childList: true, characterData: true}); })"
    )
    stack.device("lamp:live-1")
    writer.sees("Online", ".now .status")
    shown = writer.run("return await page.evaluate(() => window.shown)")
    since = stack.observer.latest("status/live-1")["since"]
    delay = shown - writer.run("return Date.parse(since)", since=since)
    print(f"a change was on the page {delay:.0f} ms after it happened")


def test_filters_stand_in_the_address(writer, stack):
    stack.device("pump:filter-1")
    stack.device("lamp:filter-2").disconnect()
    stack.observer.wait_for_status("filter-2", "standby")
    writer.open("#/devices?q=filter-")
    writer.sees("2 devices", "h1")
    writer.run("await page.getByRole('button', {name: 'Asleep'}).click()")
    writer.sees("1 device", "h1")
    assert writer.run("return page.url()").endswith("#/devices?q=filter-&status=standby")
    assert writer.run("return await page.locator('.scroller .row').allInnerTexts()")[0].split("\n")[0:2] == ["Asleep", "filter-2"]
    writer.run("await page.getByRole('searchbox').fill('filter-1')")
    writer.sees("No device is like that")
    writer.open("#/")
    writer.run("await page.locator('.tiles a').filter({hasText: 'Asleep'}).click()")
    writer.sees("filter-2", ".scroller .row")


def test_a_status_counts_down_and_is_met_as_its_user_meets_it(writer, stack):
    stack.device("pump:count").reset()
    stack.observer.wait_for_status("count", connected=False)
    writer.open("#/devices/count")
    writer.sees("Offline in 0:", ".now .next")
    first = writer.run("return await page.locator('.now .next strong').innerText()")
    wait_for(lambda: writer.run("return await page.locator('.now .next strong').innerText()") != first, "the next second")
    writer.run("await page.locator('.actions').getByLabel('Status').selectOption('offline'); await page.getByRole('button', {name: 'Set', exact: true}).click()")
    writer.sees("Offline", ".now .status")
    writer.sees("The pump can't be reached", ".phone")
    assert writer.run("return await page.locator('.phone input').evaluateAll((all) => all.every((each) => each.disabled))")
    writer.sees("set by an operator", ".timeline")
    stack.observer.wait_for_status("count", "offline")
    writer.run("await page.getByRole('button', {name: 'Release'}).click()")
    writer.sees("Online", ".now .status")
    writer.run("await page.locator('.actions').getByRole('button', {name: 'Mute'}).click()")
    writer.sees("muted", ".now")
    writer.run("await page.getByRole('button', {name: 'Unmute'}).click()")
    writer.run("await page.getByRole('button', {name: 'Forget…'}).click(); await page.getByRole('button', {name: 'Forget it'}).click()")
    writer.run("await page.waitForURL(/#\\/devices$/)")


def test_ids_of_any_kind_are_text(writer, stack):
    for each in ODD_IDS:
        stack.connect(f"pump:{each}")
    for each in ODD_IDS:
        stack.observer.wait_for_status(each, "online")
        writer.open(f"#/devices/{quote(each, safe='')}")
        writer.sees("Online", ".now")
        assert writer.run("return await page.locator('h1 bdi').innerText()") == each
        assert writer.run("return await page.locator('main img').count()") == 0
    writer.open("#/devices?connected=true")
    writer.sees(ODD_IDS[0], ".scroller")
    for width in (1280, 360):
        writer.run("await page.setViewportSize({width, height: 740})", width=width)
        assert writer.run("return await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)")
    writer.run("await page.setViewportSize({width: 1280, height: 800})")


def test_the_list_takes_many_and_the_keyboard_goes_through_it(writer, api):
    with ThreadPoolExecutor(32) as several:  # each is answered when it is stored
        list(several.map(lambda number: api("POST", "devices", {"device": f"bulk-{number:05}", "template": "lamp"}), range(BULK)))
    writer.open("#/devices?q=bulk-")
    writer.sees("1,300 devices", "h1")
    writer.run("await page.keyboard.press('/'); await page.keyboard.press('Tab')")
    writer.run("await page.locator('.scroller').focus(); await page.keyboard.press('End')")
    writer.sees("bulk-01299", ".scroller a:focus")
    assert writer.run("return await page.locator('.scroller .row').count()") < 60
    writer.run("await page.keyboard.press('ArrowUp'); await page.keyboard.press('Enter')")
    writer.sees("bulk-01298", "h1")
    frames = writer.run("""
        await page.goto(base + '#/devices?q=bulk-');
        await page.locator('.scroller .row').first().waitFor();
        return await page.evaluate(async () => {
          const scroller = document.querySelector('.scroller'), frames = [];
          let before = performance.now();
          for (let place = 0; place < scroller.scrollHeight; place += 900) {
            scroller.scrollTop = place;
            await new Promise(requestAnimationFrame);
            frames.push(performance.now() - before);
            before = performance.now();
          }
          return frames.sort((one, other) => one - other);
        })""")
    print(f"scrolling: {len(frames)} frames, half within {frames[len(frames) // 2]:.0f} ms, the longest {frames[-1]:.0f} ms")


def test_many_at_once_are_asked_by_their_number(writer, api):
    for number in range(3):
        api("POST", "devices", {"device": f"gone-{number}", "template": "lamp"})
    writer.open("#/devices?q=gone-")
    writer.run("await page.getByRole('button', {name: 'Act on all 3…'}).click(); await page.getByRole('button', {name: 'Forget', exact: true}).click()")
    writer.run("await page.getByRole('button', {name: 'Forget 3 devices'}).waitFor()")
    api("POST", "devices", {"device": "gone-4", "template": "lamp"})
    writer.run("await page.getByRole('button', {name: 'Forget 3 devices'}).click()")
    writer.run("await page.getByRole('button', {name: 'Forget 4 devices'}).click()")
    writer.sees("Done for 4 devices", "dialog")
    assert api("GET", "devices?q=gone-")["total"] == 0


def test_templates_play_a_scenario_and_name_a_mistake_with_its_line(writer):
    writer.open("#/templates/pump")
    assert writer.run("await page.locator('.diagram img').waitFor(); return await page.locator('.diagram img').evaluate(async (each) => (await each.decode(), each.naturalWidth))") > 100
    writer.run("await page.getByRole('button', {name: 'Play'}).click()")
    writer.sees("keepalive_timeout", ".outcome")
    writer.run("await page.getByLabel('Scenario').fill('10:00:00 connect\\n10:00:01 conect\\n'); await page.getByRole('button', {name: 'Play'}).click()")
    writer.sees("10:00:01 conect", ".wrong-line")


def test_what_people_were_told_is_listed_and_on_the_devices_page(writer, stack):
    stack.connect("siren:tower").close()
    stack.observer.wait_for_status("tower", "offline")
    writer.open("#/notifications")
    writer.sees("tower", ".told")
    writer.run("await page.locator('.told a').filter({hasText: 'tower'}).first().click()")
    writer.sees("tower", "h1")
    writer.sees("no channel", ".stack .told")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_serious_stands_in_anybodys_way(writer, stack, theme):
    stack.device(f"pump:seen-{theme}")
    writer.run("await page.emulateMedia({colorScheme: theme, reducedMotion: 'reduce'})", theme=theme)
    rules = None if theme == "light" else ["color-contrast"]  # the others are the same in either
    found = []
    for address in ("#/", "#/devices", f"#/devices/seen-{theme}", "#/history", "#/notifications", "#/templates/lamp", "#/system"):
        writer.open(address)
        writer.run("await page.locator('main .card, main .table, main .empty').first().waitFor()")
        found += [f"{address} {each}" for each in writer.run("return await axe(rules)", rules=rules)]
    assert not found, "\n".join(found)


def test_a_bridge_that_is_away_is_said_and_caught_up_with(writer, stack):
    client = stack.device("lamp:patient")
    writer.run("await context.clearCookies()")
    sign_in(writer)
    writer.run("await page.goto(base + '#/devices/patient')")
    writer.sees("Online", ".now .status")
    stack.bridge.end()
    writer.sees("The bridge doesn't answer", ".banners")
    client.disconnect()
    stack.start_bridge()
    writer.sees("The bridge is back", ".banners", timeout=10000)
    writer.sees("Asleep", ".now .status")


def test_a_broker_that_is_away_is_said(writer, stack):
    sign_in(writer)
    stack.device("pump:stays")
    writer.open("#/devices/stays")
    writer.sees("Online", ".now .status")
    stack.broker.end()
    writer.sees("is away", ".banners", timeout=10000)
    stack.restart_broker()
    writer.run("await page.locator('.banners .warn').waitFor({state: 'detached', timeout: 10000})")


def test_it_is_light_and_there_at_once(writer, base):
    entries = writer.run("""
        await page.goto('about:blank');
        await page.goto(base);
        await page.locator('.totals').waitFor();
        return await page.evaluate(() => ({
          paint: performance.getEntriesByName('first-contentful-paint')[0].startTime,
          files: performance.getEntriesByType('resource').filter((each) => each.name.includes('/assets/')).map((each) => each.name) }))""")
    bodies = writer.run(
        "return Promise.all([base, ...files].map(async (each) => (await (await fetch(each)).text())))", files=entries["files"]
    )
    weight = sum(len(gzip.compress(each.encode(), 6)) for each in bodies)
    print(f"the console is {weight / 1000:.1f} kB compressed; first paint after {entries['paint']:.0f} ms")
    assert weight < MOST_BYTES


def test_a_base_path_without_its_slash_is_led_to_the_page(writer, base):
    assert writer.run("const answer = await page.goto(there); return [answer.status(), page.url()]", there=base) == [200, base + "/"]


def test_the_page_asked_nobody_else_and_broke_nothing(writer):
    assert writer.run("return problems") == []
