# SPDX-License-Identifier: Apache-2.0
"""The dashboard and the alerts of docs/grafana/ ask for metrics that there are: asked of a real Prometheus that scrapes a real bridge."""

import json
import re
import socket
import subprocess
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from rollcall_testing.http import Api, address_of
from rollcall_testing.process import Process
from rollcall_testing.waiting import wait_for

GRAFANA = Path(__file__).parents[2] / "docs" / "grafana"
ALERTS = GRAFANA / "alerts.yml"


def dashboard_queries():
    panels = json.loads((GRAFANA / "rollcall.json").read_text())["panels"]
    return [target["expr"].replace("$__rate_interval", "1m") for panel in panels for target in panel["targets"]]


def alert_queries():
    return re.findall(r"^ +expr: (.+)$", ALERTS.read_text(), re.M)


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@pytest.fixture
def prometheus(make_stack, tmp_path, request):
    """A query → what Prometheus answers, once it has scraped the bridge."""
    stack = make_stack(bridge={"http": {"listen": "127.0.0.1:0"}}).start()
    stack.device("p7").disconnect()
    stack.observer.wait_for_status("p7", "online", connected=False)
    address = address_of(stack.bridge)
    config = tmp_path / "prometheus.yml"
    config.write_text(
        f"global: {{scrape_interval: 1s}}\nrule_files: ['{ALERTS}']\n"
        f"scrape_configs: [{{job_name: rollcall, static_configs: [{{targets: ['{address[0]}:{address[1]}']}}]}}]\n"
    )
    port = free_port()
    process = Process(["/usr/bin/prometheus", f"--config.file={config}", f"--storage.tsdb.path={tmp_path / 'data'}",
                       f"--web.listen-address=127.0.0.1:{port}"], tmp_path / "prometheus.log")  # fmt: skip
    request.addfinalizer(process.end)

    def query(expression):
        address = f"http://127.0.0.1:{port}/api/v1/query?" + urllib.parse.urlencode({"query": expression})
        try:
            with urllib.request.urlopen(address, timeout=10) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            return json.load(error)
        except OSError:
            return {"status": "unreachable"}

    wait_for(lambda: query("rollcall_build_info").get("data", {}).get("result"), "the bridge being scraped", timeout=60, interval=0.2)
    query.metrics = Api(address).get("/metrics").body.decode()
    return query


def test_every_query_is_answered_by_metrics_that_there_are(prometheus):
    queries = dashboard_queries() + alert_queries()
    assert len(queries) > 20
    for query in queries:
        answer = prometheus(query)
        assert answer["status"] == "success", f"{query}: {answer}"
        for name in re.findall(r"rollcall_[a-z_]+", query):
            assert re.search(rf"^# TYPE {re.sub('_bucket$', '', name)} ", prometheus.metrics, re.M), f"{query}: there is no {name}"


def test_the_metrics_are_as_prometheus_wants_them(prometheus):
    checked = subprocess.run(["promtool", "check", "metrics"], input=prometheus.metrics, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_alerts_are_rules():
    checked = subprocess.run(["promtool", "check", "rules", ALERTS], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "7 rules found" in checked.stdout
