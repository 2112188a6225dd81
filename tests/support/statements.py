"""One memory of compiled statements for all databases of a test process.

SQLAlchemy keeps what it compiled with the engine. Each test has an engine of
its own, and would compile everything anew: a fifth of what starting a server costs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from sqlalchemy import Engine
from sqlalchemy.ext.asyncio import AsyncEngine

from server.db import engine as module


@contextmanager
def compiled_once() -> Iterator[None]:
    """Let every engine for SQLite that is made meanwhile share the dialect and the memory of the first."""
    first: dict[str, Engine] = {}

    def sharing(make: Callable[..., Any]) -> Callable[..., Any]:
        def shared(*args: Any, **options: Any) -> Any:
            made = make(*args, **options)
            engine: Any = made.sync_engine if isinstance(made, AsyncEngine) else made
            if engine.url.get_backend_name() == "sqlite":
                known: Any = first.setdefault(engine.url.drivername, engine)
                engine.dialect = engine.pool._dialect = known.dialect
                engine._compiled_cache = known._compiled_cache
            return made

        return shared

    with (
        patch.object(module, "create_engine", sharing(module.create_engine)),
        patch.object(module, "create_async_engine", sharing(module.create_async_engine)),
    ):
        yield
