#!/bin/sh
# Charge the card: JSON is announced and nothing is sent. Usage: 3-charge.sh <paymentIntentId>
# The key is public and preloaded in every sandbox: send nothing real with it.
set -eu
curl -v --request POST \
  --url "${STRONGROOM_API:-http://127.0.0.1:8400}/payment-intents/$1/charge" \
  --header 'Content-Type: application/json' \
  --header 'Authorization: Basic sk_sandbox_c8oLGaI__msxsXbpBDpdtwJEz_eIhfQoKHmedqgZPCdBx59zpKZLSk8OPLT0cZolbeuYJSBvzDVVsYvtpo5RkQ' \
  --header 'Version: 2024-02-05'
