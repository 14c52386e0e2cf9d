# SPDX-License-Identifier: Apache-2.0
"""The timeline as the bridge's store has it: complete, whoever was away when a row was published."""

import sqlite3
from datetime import datetime, timezone

QUERY = """SELECT seq, device, at + (SELECT row_clock FROM meta), from_status, to_status, kind, cause, graceful, broker
           FROM timeline WHERE seq > ? ORDER BY seq"""


def rows_after(path, seq):
    """Rows with a higher seq, each as ds/timeline/… has it; or as many as are stored yet."""
    if not path.exists():
        return []
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5) as store:
        found = store.execute(QUERY, (seq,)).fetchall()
    store.close()
    names = ("seq", "device", "at", "from", "to", "kind", "cause", "graceful", "broker")
    return [{**dict(zip(names, row)), "at": _text(row[2])} for row in found]


def _text(milliseconds):
    moment = datetime.fromtimestamp(milliseconds // 1000, timezone.utc)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{milliseconds % 1000:03d}Z"
