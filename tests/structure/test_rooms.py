# SPDX-License-Identifier: Apache-2.0
"""docs/architecture.md has a table of rooms; what a room may not include, it doesn't."""

import re
from pathlib import Path

import pytest
from rooms import broken, circles, table

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("base", "topics", "plugin", "bridge")
TABLE = """
| room | what it is for | may include |
|---|---|---|
| `below/` | what all stand on | |
| `middle/` | | `below/` |
| `top/` | | `middle/` |
"""


@pytest.fixture
def rooms():
    return table((ROOT / "docs" / "architecture.md").read_text())


def test_no_room_includes_what_it_may_not(rooms):
    assert broken(rooms, ROOT, FOLDERS) == []


def test_no_room_stands_on_itself(rooms):
    assert circles(rooms) == []


def test_every_room_is_there(rooms):
    assert [room for room in rooms if not any((ROOT / room).glob("*.?pp"))] == []


def test_only_one_room_includes_mosquittos_headers(rooms):
    found = {str(path.parent.relative_to(ROOT)) for folder in FOLDERS for path in (ROOT / folder).rglob("*.?pp")
             if re.search(r"^# *include <mosquitto[_/]", path.read_text(), re.MULTILINE)}  # fmt: skip
    assert found == {"plugin/mosquitto"}


def test_no_table_hashes_texts_as_everybody_can():
    """Whoever knows the hash can choose client ids and topics that collide in it: KeyedHash has a key."""
    text = r"(?:std::)?(?:basic_)?string(?:_view)?"
    unkeyed = re.compile(rf"std::hash<{text}>|unordered_(?:map|set)<\s*{text}\s*(?:,(?![^;]*KeyedHash)|>)|"
                         rf"robin_(?:map|set)<\s*{text}\s*(?:,(?![^;]*KeyedHash)|>)")  # fmt: skip
    found = [str(path.relative_to(ROOT)) for folder in FOLDERS for path in (ROOT / folder).rglob("*.?pp")
             if unkeyed.search(path.read_text())]  # fmt: skip
    assert found == []


@pytest.mark.parametrize(
    ("room", "included", "line"),
    [
        ("top", "below/x.hpp", None),
        ("top", "top/y.hpp", None),
        ("below", "top/x.hpp", 'below/a.cpp: includes "top/x.hpp"; below/ may not include top/'),
        ("top/new", "below/x.hpp", "top/new/a.cpp: top/new/ is no room of docs/architecture.md"),
    ],
)
def test_an_include_that_the_table_does_not_allow_is_found(room, included, line, tmp_path):
    (tmp_path / room).mkdir(parents=True)
    (tmp_path / room / "a.cpp").write_text(f'#include "{included}"\n')
    assert broken(table(TABLE), tmp_path, [room.split("/")[0]]) == ([line] if line else [])


def test_rooms_that_stand_on_each_other_are_found():
    assert circles(table("| `a/` | | `b/` |\n| `b/` | | `a/` |\n| `c/` | | `a/` |\n")) == ["a", "b"]
