# SPDX-License-Identifier: Apache-2.0
"""Which room includes which, held against the table of rooms in docs/architecture.md."""

import re
from pathlib import Path

ROW = re.compile(r"^\| `([a-z_/]+)/` \|.*\|([^|]*)\|$")
INCLUDE = re.compile(r'^#include "([^"]+)"', re.MULTILINE)
SOURCES = (".cpp", ".hpp")


def table(text):
    """{room: the rooms that it may include}, from the rows "| `room/` | … | `other/`, … |". What these may include, it may, too."""
    direct = {row[1]: set(re.findall(r"`([a-z_/]+)/`", row[2])) for row in map(ROW.match, text.splitlines()) if row}
    return {room: _reached_from(room, direct) for room in direct}


def _reached_from(room, direct):
    reached, ahead = set(), [room]
    while ahead:
        for each in direct.get(ahead.pop(), set()) - reached:
            reached.add(each)
            ahead.append(each)
    return reached


def broken(allowed, root, folders):
    """A line for each file that is in no room, and for each include that the table doesn't allow."""
    lines = []
    for path in sorted(each for folder in folders for each in (Path(root) / folder).rglob("*") if each.suffix in SOURCES):
        name, room = str(path.relative_to(root)), str(path.parent.relative_to(root))
        if room not in allowed:
            lines.append(f"{name}: {room}/ is no room of docs/architecture.md")
            continue
        for included in INCLUDE.findall(path.read_text()):
            other = str(Path(included).parent)
            if other != room and other not in allowed[room]:
                lines.append(f'{name}: includes "{included}"; {room}/ may not include {other}/')
    return lines


def circles(allowed):
    return sorted(room for room, others in allowed.items() if room in others)
