"""The first notebook of a new server: a file with its results in it, so that it reads without a kernel."""

from __future__ import annotations

from importlib.resources import files

WELCOME_NAME = "Welcome"


def read_welcome() -> bytes:
    """Return the notebook file."""
    return files(__name__).joinpath("welcome.ipynb").read_bytes()
