"""Tokenise a card: the one call that goes to the PCI listener. Prints the setup intent.

The key is public and preloaded in every sandbox: send nothing real with it.
"""
import http.client
import json
import os

conn = http.client.HTTPConnection(os.environ.get("STRONGROOM_PCI", "http://127.0.0.1:8401").removeprefix("http://"))

payload = json.dumps({
    "reference": "Dojo Cafe | Table no. 4.",
    "terms": "One charge if I do not show up",
    "merchantInitiatedTransactionType": "NoShow",
    "cardDetails": {
        "cardNumber": "5200 0000 0000 1005",
        "cardName": "Ada Lovelace",
        "expiryDate": "12 / 29",
        "cV2": "020",
    },
})

headers = {
    'Content-Type': "application/json",
    'Version': "2024-02-05",
    'Authorization': "Basic sk_sandbox_c8oLGaI__msxsXbpBDpdtwJEz_eIhfQoKHmedqgZPCdBx59zpKZLSk8OPLT0cZolbeuYJSBvzDVVsYvtpo5RkQ",
}

conn.request("POST", "/setup-intents", payload, headers)
print(conn.getresponse().read().decode("utf-8"))
conn.close()
