#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Healthy: the broker answers a CONNECT within three seconds. ROLLCALL_HEALTH_PORT is for a broker that listens elsewhere.
# The client id is always the same and one that is no device by default, so that checks make no devices.
code=0
mosquitto_sub -p "${ROLLCALL_HEALTH_PORT:-1883}" -i mosq-health -t "\$SYS/broker/version" -E -W 3 || code=$?
# 5: it lets nobody in without a password, which is an answer, too.
[ "$code" -eq 0 ] || [ "$code" -eq 5 ]
