#!/bin/sh
# Create a payment intent that names the card on file. Usage: 2-create-payment-intent.sh <setupIntentId>
# The key is public and preloaded in every sandbox: send nothing real with it.
set -eu
curl -v --request POST \
  --url "${STRONGROOM_API:-http://127.0.0.1:8400}/payment-intents" \
  --header 'Content-Type: application/json' \
  --header 'Authorization: Basic sk_sandbox_c8oLGaI__msxsXbpBDpdtwJEz_eIhfQoKHmedqgZPCdBx59zpKZLSk8OPLT0cZolbeuYJSBvzDVVsYvtpo5RkQ' \
  --header 'Version: 2024-02-05' \
  --data '{
  "amount": {
    "value": 1000,
    "currencyCode": "GBP"
  },
  "reference": "Dojo Cafe | Table no. 4.",
  "setupIntentId": "'"$1"'"
}'
