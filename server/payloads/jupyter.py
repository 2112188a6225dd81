"""The little of Jupyter's API that is described here; the rest is Jupyter Server's own."""

from __future__ import annotations

import msgspec


class JupyterModel(msgspec.Struct):
    """A kernel, a session or a file, as Jupyter Server's handlers read it."""


class JupyterStatus(msgspec.Struct):
    """How much is going on."""

    kernels: int
    connections: int
    last_activity: str
    started: str


class JupyterVersion(msgspec.Struct):
    """Whose API this is."""

    version: str
