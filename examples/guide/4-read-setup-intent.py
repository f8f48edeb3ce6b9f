"""Read the setup intent and print its status. Usage: 4-read-setup-intent.py <setupIntentId>

The key is public and preloaded in every sandbox: send nothing real with it.
"""
import http.client
import json
import os
import sys

conn = http.client.HTTPConnection(os.environ.get("STRONGROOM_API", "http://127.0.0.1:8400").removeprefix("http://"))

headers = {
    'Version': "2024-02-05",
    'Authorization': "Basic sk_sandbox_c8oLGaI__msxsXbpBDpdtwJEz_eIhfQoKHmedqgZPCdBx59zpKZLSk8OPLT0cZolbeuYJSBvzDVVsYvtpo5RkQ",
}

conn.request("GET", f"/setup-intents/{sys.argv[1]}", headers=headers)
print({"status": json.loads(conn.getresponse().read())["status"]})
conn.close()
