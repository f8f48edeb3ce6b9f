"""Create a payment intent that names the card on file. Usage: 2-create-payment-intent.py <setupIntentId>

The key is public and preloaded in every sandbox: send nothing real with it.
"""
import http.client
import json
import os
import sys

conn = http.client.HTTPConnection(os.environ.get("STRONGROOM_API", "http://127.0.0.1:8400").removeprefix("http://"))

payload = json.dumps({
    "amount": {
        "value": 1000,
        "currencyCode": "GBP"
    },
    "reference": "Dojo Cafe | Table no. 4.",
    "setupIntentId": sys.argv[1]
})

headers = {
    'Content-Type': "application/json",
    'Version': "2024-02-05",
    'Authorization': "Basic sk_sandbox_c8oLGaI__msxsXbpBDpdtwJEz_eIhfQoKHmedqgZPCdBx59zpKZLSk8OPLT0cZolbeuYJSBvzDVVsYvtpo5RkQ",
}

conn.request("POST", "/payment-intents", payload, headers)
print(conn.getresponse().read().decode("utf-8"))
conn.close()
