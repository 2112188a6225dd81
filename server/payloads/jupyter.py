"""The little of Jupyter's API that is described here; the rest is Jupyter Server's own."""

from __future__ import annotations

import msgspec


class JupyterKernel(msgspec.Struct):
    """Which kernel a session is to have."""

    id: str | None = None
    name: str | None = None


class JupyterModel(msgspec.Struct):
    """A kernel, a session or a file: of what Jupyter Server's handlers read, what they take on trust."""

    path: str | None = None
    name: str | None = None
    type: str | None = None
    format: str | None = None
    ext: str | None = None
    copy_from: str | None = None
    kernel_id: str | None = None
    kernel: JupyterKernel = msgspec.field(default_factory=JupyterKernel)
    notebook: dict[str, str] = msgspec.field(default_factory=dict)


class JupyterStatus(msgspec.Struct):
    """How much is going on."""

    kernels: int
    connections: int
    last_activity: str
    started: str


class JupyterVersion(msgspec.Struct):
    """Whose API this is."""

    version: str
