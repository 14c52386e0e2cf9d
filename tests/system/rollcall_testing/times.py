# SPDX-License-Identifier: Apache-2.0
"""The times of payloads: RFC 3339, UTC, milliseconds, always the same 24 characters."""

import re
from datetime import datetime, timezone

FORMAT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def seconds_of(text):
    """Seconds since 1970, as time.time() has them."""
    assert FORMAT.fullmatch(text), f"{text!r} isn't UTC in RFC 3339 with milliseconds"
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc).timestamp()
