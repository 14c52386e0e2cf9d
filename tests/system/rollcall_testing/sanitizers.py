# SPDX-License-Identifier: Apache-2.0
"""What the sanitizers reported in processes that ran our code, less what brokers and libraries leak by themselves.

  python3 -m rollcall_testing.sanitizers FOLDER      prints what is left; exit code 1 if anything is

The reports come from tests/system/under_asan, which has each stack go back to main() and name the file of each place.
"""

import os
import re
import sys
from pathlib import Path

# After dlclose() a place has no name any more; nobody but a plugin is unloaded.
OURS = re.compile(r"\((mosquitto_rollcall\.so|leak_check_plugin\.so|rollcall|<unknown module>)")
LEAK = re.compile(r"(Direct|Indirect) leak of ")
# What the loader notes of a library when the plugin asks for it; where it keeps that isn't looked through for pointers.
LOADERS = re.compile(r"^\s*#1 .*\(ld-linux[^)]*\)(.*\n)*?\s*#\d+ .*\bis_plugin\b", re.MULTILINE)
# Paho leaks the message that it was about to send when a connection ended.
PAHOS = re.compile(r"#1 \S+ .*libpaho-mqtt3as\.so")
# Lines that begin a report of leaks or end it, and say nothing of one leak.
FRAME = re.compile(r"=+$|=+\d+=+ERROR: LeakSanitizer: detected memory leaks$|SUMMARY: AddressSanitizer: \d+ byte\(s\) leaked|-+$")


def reports_folder():
    """Where the sanitizers write to; None: these tests don't run under them."""
    folder = os.environ.get("ROLLCALL_SANITIZER_REPORTS")
    return Path(folder) if folder else None


def reports_of(pid):
    return [path for path in reports_folder().glob(f"*.{pid}")]


def ours(report):
    """The paragraphs of it that are about us: all of them but leaks whose stack never was in our code, or that are the loader's."""
    found = []
    for paragraph in re.split(r"\n\s*\n", report):
        lines = [line for line in paragraph.splitlines() if line.strip() and not FRAME.match(line)]
        if not lines or lines[0].startswith("Suppressions used"):
            continue
        if not LEAK.match(lines[0]) or (OURS.search(paragraph) and not (LOADERS.search(paragraph) or PAHOS.search(paragraph))):
            found.append("\n".join(lines))
    return found


def main(folder):
    found = {path: ours(path.read_text(errors="replace")) for path in sorted(Path(folder).glob("report*"))}
    for path, paragraphs in found.items():
        if paragraphs:
            print(f"{path}:", *paragraphs, sep="\n\n")
    return 1 if any(found.values()) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
