"""`openapi.json` is true, and random requests made from it never break the server."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, seed, settings

from server import schema
from server.routes import routes
from tests.support.server import running

STARTS_A_PROCESS = {"/api/notebooks/{notebook}/kernel", "/api/notebooks/{notebook}/runs"}
"""Left out for those who may run: what they start is tested where kernels are."""

LAST = ("/api/projects/{project}", "/api/notebooks/{notebook}")
"""Deleting these would leave nothing to ask for."""


def test_every_api_route_and_method_is_described() -> None:
    paths = schema.document()["paths"]
    described = {(path, method.upper()) for path, methods in paths.items() for method in methods}
    served = {
        (schema._path(route.pattern), method)
        for route in routes()
        for method in route.methods
        if route.pattern.startswith("/api/")
    }
    assert described == served


def test_every_reference_leads_somewhere_and_every_operation_has_its_own_name() -> None:
    document = schema.document()
    known = {
        f"#/components/{part}/{name}"
        for part in ("schemas", "responses")
        for name in document["components"][part]
    }
    assert set(_references(document)) <= known
    names = [
        operation["operationId"] for methods in document["paths"].values() for operation in methods.values()
    ]
    assert len(names) == len(set(names))
    assert all(
        operation["summary"] for methods in document["paths"].values() for operation in methods.values()
    )


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [found for part in value.values() for found in _references(part)]
    if isinstance(value, list):
        return [found for part in value for found in _references(part)]
    return []


def test_the_description_is_the_same_each_time() -> None:
    assert schema.text() == schema.text()


@pytest.mark.no_cover
@pytest.mark.parametrize(
    "role",
    ["owner", *(pytest.param(role, marks=pytest.mark.slow) for role in ("editor", "viewer", "stranger"))],
)
async def test_random_requests_meet_no_bug(tmp_path: Path, role: str) -> None:
    async with running(tmp_path / "data") as server:
        owner, asker = await server.person("olga"), await server.person("asker", admin=role == "owner")
        others = {role: asker} if role in {"editor", "viewer"} else {}
        project = await server.project(asker if role == "owner" else owner, **others)
        notebook = await server.notebook(project, owner)
        script = await server.script_of(asker.user)
        served = json.loads((await script.get("/api/openapi.json")).body)
        things = {"project": project, "notebook": notebook}
        headers = dict(script.http.headers)
        failures = await asyncio.to_thread(_explore, served, server.url, headers, things, role)
        assert failures == []
        assert (await script.get("/api/health")).status == 200


def _explore(
    document: dict[str, Any], url: str, headers: dict[str, str], things: dict[str, str], role: str
) -> list[str]:
    """Ask each operation a few times with what its schema allows, and return what broke."""
    for methods in document["paths"].values():
        for operation in methods.values():
            for parameter in operation["parameters"]:
                if parameter["name"] in things:
                    parameter["schema"] = {"type": "string", "enum": [things[parameter["name"]]]}
    operations = [found.ok() for found in schemathesis.openapi.from_dict(document).get_all_operations()]
    failures: list[str] = []
    for operation in sorted(operations, key=lambda found: found.path in LAST):
        if operation.path.endswith("/socket") or (role == "owner" and operation.path in STARTS_A_PROCESS):
            continue
        if operation.path in LAST and operation.method.upper() == "DELETE":
            continue

        @seed(1)
        @settings(max_examples=5, database=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy())
        def ask(case: Any) -> None:
            response = case.call(base_url=url, headers=headers)
            if response.status_code >= 500:
                failures.append(f"{case.method} {case.path}: {response.status_code} {response.text[:200]}")

        ask()
    return failures
