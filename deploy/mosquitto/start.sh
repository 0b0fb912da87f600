#!/bin/sh
# Runs mosquitto, and has it read the accounts again within a second when the web changed them.
accounts=${ACCOUNTS:-/var/lib/gatehouse/broker/passwords}
mosquitto -c "${CONFIGURATION:-/mosquitto/config/mosquitto.conf}" &
broker=$!
trap 'kill -TERM $broker' TERM INT
(
    known=$(stat -c %i.%Y "$accounts")
    while sleep 1; do
        now=$(stat -c %i.%Y "$accounts")
        [ "$now" = "$known" ] || kill -HUP "$broker" || exit
        known=$now
    done
) &
wait "$broker"
wait "$broker"
