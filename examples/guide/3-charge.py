"""Charge the card: no body and no content type. Usage: 3-charge.py <paymentIntentId>

The key is public and preloaded in every sandbox: send nothing real with it.
"""
import http.client
import os
import sys

conn = http.client.HTTPConnection(os.environ.get("STRONGROOM_API", "http://127.0.0.1:8400").removeprefix("http://"))

headers = {
    'Version': "2024-02-05",
    'Authorization': "Basic sk_sandbox_c8oLGaI__msxsXbpBDpdtwJEz_eIhfQoKHmedqgZPCdBx59zpKZLSk8OPLT0cZolbeuYJSBvzDVVsYvtpo5RkQ",
}

conn.request("POST", f"/payment-intents/{sys.argv[1]}/charge", headers=headers)
print(conn.getresponse().read().decode("utf-8"))
conn.close()
