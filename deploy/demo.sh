#!/bin/sh
# What `make demo` runs: the appliance with the simulator. Where no Stripe account is set, the tests'
# own stand-in for Stripe runs as well, so that paying on the portal can be tried: no money moves.
set -eu
run=$1
export GATEHOUSE_LOAD_DEMO="${GATEHOUSE_LOAD_DEMO:-1}"
if [ -n "${STRIPE_API_KEY:-}" ]; then exec "$run" manage.py up --demo; fi
port=${GATEHOUSE_DEMO_STRIPE_PORT:-12111}
STRIPE_WEBHOOK_SECRET=whsec_$("$run" -c 'import secrets; print(secrets.token_hex(16))')
export STRIPE_WEBHOOK_SECRET STRIPE_API_KEY=sk_test_demo STRIPE_API_BASE="http://127.0.0.1:$port"
exec "$run" manage.py up --demo --program "stripe-double=$run -m tests.fake_stripe --port $port \
--webhook-url http://127.0.0.1:${GATEHOUSE_PORT:-8000}/hooks/stripe/"
