"""A receiver that needs nothing but Python's standard library: python3 examples/webhooks/receiver.py"""

import base64
import binascii
import hashlib
import hmac
import json
import os
import re
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# Of the subscription; two while they are rotated, joined by a comma.
SECRETS = [secret for secret in os.environ.get("STRONGROOM_WEBHOOK_SECRET", "").split(",") if secret]
PORT = int(os.environ.get("PORT", "3000"))
TOLERANCE_SECONDS = 300
BODY_BYTES_MAX = 64 * 1024


class NotBelieved(Exception):
    """The delivery is not the server's own."""


def verify(body, headers, secrets, now):
    """The event in a delivery. The id and the time stand under the signature, so a captured one cannot be played again later."""
    event_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    if not event_id or not re.fullmatch(r"[0-9]{1,12}", timestamp):
        raise NotBelieved("webhook-id or webhook-timestamp is missing")
    signed = event_id.encode() + b"." + timestamp.encode() + b"." + body
    given = [part[3:] for part in headers.get("webhook-signature", "").split(" ") if part.startswith("v1,")]
    matches = False
    for secret in secrets:
        expected = hmac.new(secret.encode(), signed, hashlib.sha256).digest()
        for signature in given[:20]:
            try:
                # In constant time, and on to the end whichever one it was.
                matches |= hmac.compare_digest(base64.b64decode(signature, validate=True), expected)
            except (binascii.Error, ValueError):
                continue
    if not matches:
        raise NotBelieved("no secret made this signature")
    if abs(now - int(timestamp)) > TOLERANCE_SECONDS:
        raise NotBelieved("the delivery is too old, or a clock is wrong")
    return json.loads(body)


def verify_dojo_only(body, headers, secrets):
    """For deliveries of the Dojo service itself, which sends `dojo-signature` alone: no time is signed."""
    for secret in secrets:
        digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest().upper()
        pairs = "-".join(digest[at : at + 2] for at in range(0, len(digest), 2))
        if hmac.compare_digest(headers.get("dojo-signature", "").encode(), f"sha256={pairs}".encode()):
            return json.loads(body)
    raise NotBelieved("no secret made this signature")


# Deliveries are at least once. In earnest: a unique key in the database.
seen = set()


def handle_event(event):
    """What your program does about an event; fast, because the sender waits 10 seconds for the answer."""
    if event["id"] in seen:
        return
    seen.add(event["id"])
    data = event["data"]
    status = data.get("setupIntentStatus") or data.get("paymentStatus")
    print(f"verified {event['event']} {status} {event['id']}", flush=True)


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Somebody who connects and says nothing does not keep a thread.
    timeout = 15

    def do_POST(self):
        length = self.headers.get("content-length", "")
        if self.path != "/hooks" or not re.fullmatch(r"[0-9]{1,9}", length):
            return self.answer(404)
        if int(length) > BODY_BYTES_MAX:
            return self.answer(413)
        body = self.rfile.read(int(length))
        try:
            handle_event(verify(body, self.headers, SECRETS, time.time()))
        except NotBelieved as problem:
            print(f"not believed: {problem}", file=sys.stderr, flush=True)
            return self.answer(400)
        return self.answer(204)

    def answer(self, status):
        self.send_response(status)
        if status != 204:
            self.send_header("content-length", "0")
        if status in (404, 413):
            # The body was not read, so nothing more can be read from this connection.
            self.close_connection = True
        self.end_headers()

    def log_message(self, *_):
        """Not a line for each request."""


if __name__ == "__main__":
    if not SECRETS:
        sys.exit("Set STRONGROOM_WEBHOOK_SECRET to the secret of the subscription.")
    server = ThreadingHTTPServer(("127.0.0.1", PORT), Receiver)
    print(f"listening on http://127.0.0.1:{PORT}/hooks", flush=True)
    server.serve_forever()
