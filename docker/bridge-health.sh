#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Healthy: the bridge has an established connection (state 01), so it found a broker that keeps it.
set -eu
mine=$(find /proc/[0-9]*/fd -lname 'socket:*' -printf '%l\n' 2>/dev/null | sed -n 's/^socket:\[\([0-9]*\)\]$/\1/p' || true)
[ -n "$mine" ]
cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk '$4 == "01" { print $10 }' | grep -qxF "$mine"
