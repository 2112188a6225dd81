"""`openapi.json`: what every route takes and answers, made from the declarations themselves.

`python -m server.schema` prints it; the frontend's types are generated from
it, also those of the notebook socket's messages.
"""

from __future__ import annotations

import re
import sys
import typing
from types import UnionType
from typing import Any

import msgspec
from tornado.web import RequestHandler

from collab import commands, wire
from collab.roles import Capability
from server import __version__, paging, payloads
from server.handlers.base import PUBLIC, Needs, needs_of
from server.routes import HANDLER_MODULES, Route, routes

_REF = "#/components/schemas/{name}"

_ID: dict[str, Any] = {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"}

_WINDOW: list[dict[str, Any]] = [
    {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": paging.MOST}},
    {"name": "cursor", "in": "query", "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,200}$"}},
]
"""What every list takes: how many items at most, and the `next` of the part before."""

_ERRORS = {
    400: "The request is wrong; the reason says how.",
    401: "Sign in first.",
    403: "The person may know of this but not do it.",
    404: "There is nothing here that the person may see.",
    409: "What is there already stands in the way; the reason says what.",
    412: "It is not, or not any more, what the request says it is.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    421: "The server does not answer to that host name.",
    429: "Too many tries; wait as long as Retry-After says.",
    503: "Not possible just now.",
}


class DisplayOutput(msgspec.Struct, frozen=True, tag="display", tag_field="type"):
    """`display_data`, or with `count` an `execute_result`. Maps MIME types to values."""

    id: str
    data: dict[str, Any]
    metadata: dict[str, Any] = {}
    display_id: str | None = None
    count: int | None = None


_VALUE = {"anyOf": [{"$ref": _REF.format(name=name)} for name in ("Inline", "BlobRef")]}
"""What `wire.DisplayOutput` holds. msgspec describes no union without tags, so it is put in by hand."""

_WIRE = (
    *typing.get_args(wire.ServerMessage),
    *typing.get_args(wire.ClientMessage),
    *(shape for shape in typing.get_args(wire.Output) if shape is not wire.DisplayOutput),
    wire.QueueEntry,
    wire.InputRequest,
    wire.Death,
    wire.SavedOffer,
    wire.Inline,
    wire.BlobRef,
    DisplayOutput,
)


def document(modules: tuple[str, ...] = HANDLER_MODULES) -> dict[str, Any]:
    """Return the whole description as plain JSON values."""
    found = routes(modules)
    api = [route for route in found if route.pattern.startswith("/api/")]
    shapes = _shapes(api)
    schemas, components = msgspec.json.schema_components(shapes, ref_template=_REF)
    components["DisplayOutput"]["properties"]["data"]["additionalProperties"] = _VALUE
    of_shape = {_key(shape): schema for shape, schema in zip(shapes, schemas, strict=True)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Commonbook",
            "version": __version__,
            "description": "Every error is an `ErrorBody`. Ids are opaque texts, times RFC 3339 UTC.",
        },
        "security": [{"token": []}, {"session": []}],
        "paths": {_path(route.pattern): _methods(route, of_shape) for route in api},
        "components": {
            "schemas": {**components, **_unions()},
            "responses": {_refused(status): _error(words) for status, words in _ERRORS.items()},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "commonbook"},
            },
        },
    }


def text(modules: tuple[str, ...] = HANDLER_MODULES) -> bytes:
    """Return the description as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(document(modules)), indent=1) + b"\n"


def _shapes(found: list[Route]) -> list[Any]:
    shapes: dict[Any, Any] = {payloads.ErrorBody: payloads.ErrorBody}
    for route in found:
        for method in route.methods:
            declared = needs_of(route.handler, method)
            assert declared is not None
            for shape in (declared.body, declared.answer):
                if shape is not None:
                    shapes[_key(shape)] = shape
    for shape in (*_WIRE, *commands.COMMANDS.values(), *commands.BESIDE.values()):
        shapes[_key(shape)] = shape
    return list(shapes.values())


def _key(shape: Any) -> Any:
    return str(shape) if isinstance(shape, UnionType) or typing.get_origin(shape) else shape


def _unions() -> dict[str, Any]:
    """Name the unions of the notebook socket, so that generated types have one name for each."""
    unions = {
        "ServerMessage": wire.ServerMessage,
        "ClientMessage": wire.ClientMessage,
        "Output": wire.StreamOutput | DisplayOutput | wire.ErrorOutput | wire.UnknownOutput,
    }
    named: dict[str, Any] = {}
    for name, union in unions.items():
        schema = msgspec.json.schema_components([union], ref_template=_REF)[0][0]
        named[name] = schema
    named["Capability"] = {"type": "string", "enum": [capability.value for capability in Capability]}
    named["KernelState"] = {"type": "string", "enum": list(typing.get_args(wire.KernelState))}
    named["RunState"] = {"type": "string", "enum": list(typing.get_args(wire.RunState))}
    named["CommandName"] = {"type": "string", "enum": sorted((*commands.COMMANDS, *commands.BESIDE))}
    return named


def _path(pattern: str) -> str:
    return re.sub(r"\{(\w+)(?::(?:[^{}]|\{[^{}]*\})+)?\}", r"{\1}", pattern)


def _parameters(pattern: str, declared: Needs) -> list[dict[str, Any]]:
    found = re.findall(r"\{(\w+)(?::((?:[^{}]|\{[^{}]*\})+))?\}", pattern)
    parameters = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "pattern": f"^{regex}$"} if regex else _ID,
        }
        for name, regex in found
    ]
    doors = [door for door in (declared.door, declared.other_door) if door is not None]
    for door in doors:
        parameters.append({"name": door, "in": "query", "required": len(doors) == 1, "schema": _ID})
    if typing.get_origin(declared.answer) is payloads.Page:
        parameters += _WINDOW
    return parameters


def _methods(route: Route, of_shape: dict[Any, Any]) -> dict[str, Any]:
    methods = {}
    for method in route.methods:
        declared = needs_of(route.handler, method)
        assert declared is not None
        methods[method.lower()] = _operation(route, method, declared, of_shape)
    return methods


def _operation(route: Route, method: str, declared: Needs, of_shape: dict[Any, Any]) -> dict[str, Any]:
    needed = declared.of.value
    answer: dict[str, Any] = {"description": "Done."}
    if declared.answer is not None:
        answer["content"] = {declared.media: {"schema": of_shape[_key(declared.answer)]}}
    operation: dict[str, Any] = {
        "operationId": f"{method.lower()}_{re.sub(r'[^a-z0-9]+', '_', _path(route.pattern)[5:])}".rstrip("_"),
        "summary": _sentence(route.handler, method),
        "x-needs": needed,
        "parameters": _parameters(route.pattern, declared),
        "responses": {
            str(declared.status): answer,
            **{str(status): {"$ref": f"#/components/responses/{_refused(status)}"} for status in _ERRORS},
        },
    }
    if declared.of is PUBLIC:
        operation["security"] = [{}]
    if declared.streams:
        file = {"schema": {"type": "string", "format": "binary"}}
        operation["requestBody"] = {"required": True, "content": {"application/octet-stream": file}}
    if declared.body is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": of_shape[_key(declared.body)]}},
        }
    return operation


def _sentence(handler: type[RequestHandler], method: str) -> str:
    own = getattr(handler, method.lower()).__doc__
    of_class = next(
        (base.__doc__ for base in handler.__mro__ if "patterns" in vars(base) and base.__doc__), ""
    )
    return str(own or of_class).strip().splitlines()[0] if own or of_class else ""


def _refused(status: int) -> str:
    return f"Refused{status}"


def _error(words: str) -> dict[str, Any]:
    reference = {"$ref": _REF.format(name="ErrorBody")}
    return {"description": words, "content": {"application/json": {"schema": reference}}}


if __name__ == "__main__":
    sys.stdout.buffer.write(text())
