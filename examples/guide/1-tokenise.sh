#!/bin/sh
# Tokenise a card: the one call that goes to the PCI listener. Prints the setup intent.
# The key is public and preloaded in every sandbox: send nothing real with it.
set -eu
curl -v --request POST \
  --url "${STRONGROOM_PCI:-http://127.0.0.1:8401}/setup-intents" \
  --header 'Content-Type: application/json' \
  --header 'Authorization: Basic sk_sandbox_c8oLGaI__msxsXbpBDpdtwJEz_eIhfQoKHmedqgZPCdBx59zpKZLSk8OPLT0cZolbeuYJSBvzDVVsYvtpo5RkQ' \
  --header 'Version: 2024-02-05' \
  --data '{
  "reference": "Dojo Cafe | Table no. 4.",
  "terms": "One charge if I do not show up",
  "merchantInitiatedTransactionType": "NoShow",
  "cardDetails": {
    "cardNumber": "5200 0000 0000 1005",
    "cardName": "Ada Lovelace",
    "expiryDate": "12 / 29",
    "cV2": "020"
  }
}'
