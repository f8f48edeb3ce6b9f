#!/bin/sh
# Read the setup intent. The guide's text says GET, its cURL sample POST; the server answers both. Usage: 4-read-setup-intent.sh <setupIntentId>
# The key is public and preloaded in every sandbox: send nothing real with it.
set -eu
curl -v --request GET \
  --url "${STRONGROOM_API:-http://127.0.0.1:8400}/setup-intents/$1" \
  --header 'Content-Type: application/json' \
  --header 'Authorization: Basic sk_sandbox_c8oLGaI__msxsXbpBDpdtwJEz_eIhfQoKHmedqgZPCdBx59zpKZLSk8OPLT0cZolbeuYJSBvzDVVsYvtpo5RkQ' \
  --header 'Version: 2024-02-05'
