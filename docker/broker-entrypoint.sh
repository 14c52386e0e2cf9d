#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes the secret that plugin and bridge share, if it isn't there yet, and becomes the broker. The folder's set-group-ID
# bit gives the file to the group `rollcall`, so the bridge may read it and nobody else.
set -eu
secret=/var/lib/rollcall/secret/bridge.password
if [ ! -s "$secret" ]; then
  (umask 0027 && head -c 24 /dev/urandom | base64 >"$secret.new")
  mv "$secret.new" "$secret"
fi
exec "$@"
