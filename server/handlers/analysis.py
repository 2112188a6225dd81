"""What an editor asks about code while it is written. No kernel has to run, and no code is."""

from __future__ import annotations

import asyncio
from typing import Any, TypeVar

import msgspec

from collab.kinds import is_python, special
from collab.roles import Capability
from kernel_manager.analysis import LiveName, LiveQuestion, question_in
from kernel_manager.analysis.analyst import Kind
from server import payloads
from server.analysis.live import joined, text_before
from server.analysis.part import analysts_of
from server.analysis.service import code_at, lint_cells
from server.handlers.base import ApiHandler, needs, route
from server.handlers.living import open_session
from server.refusals import Refusal

LIVE_LIMIT_S = 0.25
"""Longer than this, completion does not wait for a kernel that is in a call which lets nobody else run."""

OTHERS_LIMIT_S = 0.06
"""So long those who have an answer wait for the others."""

T = TypeVar("T", bound=msgspec.Struct)


class CodeHandler(ApiHandler):
    """What the questions have in common."""

    async def ask(self, kind: Kind, body: payloads.AboutCode, shape: type[T]) -> T:
        """Return the analyser's answer, empty where there is none. Its words come from inside a sandbox."""
        source = (await open_session(self)).room.source
        if special(source.meta_of(body.cell)) is not None:
            return shape()
        code = code_at(source, body.cell, body.source, body.offset)
        analysts, opened = analysts_of(self.services), self.opened_notebook
        with self.while_waited_for():
            answer = await analysts.ask(kind, opened.project_id, opened.id, code)
        if answer is None:
            return shape()
        line = answer.get("line")
        if isinstance(line, int) and "module" not in answer:
            found = code.cell_at(line)
            answer = {**answer, "cell": found[0], "line": found[1]} if found else {}
        try:
            return msgspec.convert({**answer, "known": True}, shape)
        except msgspec.ValidationError:
            return shape()


@route("/api/notebooks/{notebook}/analysis")
class AnalysisHandler(CodeHandler):
    """Gets the analyser ready for somebody who will write; answers at once."""

    @needs(Capability.EDIT)
    async def post(self) -> None:
        source = (await open_session(self)).room.source
        cells = [each.id for each in source.cells() if is_python(each)]
        if cells:
            text = source.source_of(cells[-1]) or ""
            code = code_at(source, cells[-1], text, len(text))
            opened = self.opened_notebook
            asking = analysts_of(self.services).ask("prepare", opened.project_id, opened.id, code)
            self.services.tasks.start("prepare analysis", asking)


@route("/api/notebooks/{notebook}/analysis/completions")
class CompletionsHandler(CodeHandler):
    """Names that fit at a place; for those who may run, also those of the kernel's living values."""

    @needs(Capability.EDIT, body=payloads.AboutCode, answer=payloads.Completions)
    async def post(self, body: payloads.AboutCode) -> payloads.Completions:
        question = None
        if Capability.RUN in self.opened_notebook.rights:
            question = question_in(text_before(body.source, body.offset))
        if question is None:
            return await self.ask("complete", body, payloads.Completions)
        variables = (await open_session(self)).variables
        start = self.services.tasks.start
        living = start("ask living names", variables.names(question, LIVE_LIMIT_S))
        reading = start("read names", self.ask("complete", body, payloads.Completions))
        try:
            return await first_of(question, living, reading)
        finally:
            living.cancel()
            reading.cancel()


async def first_of(
    question: LiveQuestion,
    living: asyncio.Future[list[LiveName]],
    reading: asyncio.Future[payloads.Completions],
) -> payloads.Completions:
    """Return both kinds of names, or those that are there where the others take long."""
    both: list[asyncio.Future[Any]] = [living, reading]
    await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.wait(both, timeout=OTHERS_LIMIT_S)
    if not living.done() and not question.quote and (read := reading.result()).names:
        return msgspec.structs.replace(read, more=True)
    if not reading.done() and living.result():
        return joined(question, living.result(), payloads.Completions(more=True))
    return joined(question, await living, await reading)


@route("/api/notebooks/{notebook}/analysis/explanation")
class ExplanationHandler(CodeHandler):
    """What the name at a place is."""

    @needs(Capability.READ, body=payloads.AboutCode, answer=payloads.Explanation)
    async def post(self, body: payloads.AboutCode) -> payloads.Explanation:
        return await self.ask("explain", body, payloads.Explanation)


@route("/api/notebooks/{notebook}/analysis/signatures")
class SignaturesHandler(CodeHandler):
    """The calls around a place."""

    @needs(Capability.EDIT, body=payloads.AboutCode, answer=payloads.Signatures)
    async def post(self, body: payloads.AboutCode) -> payloads.Signatures:
        return await self.ask("signatures", body, payloads.Signatures)


@route("/api/notebooks/{notebook}/analysis/definition")
class DefinitionHandler(CodeHandler):
    """Where the name at a place is defined."""

    @needs(Capability.READ, body=payloads.AboutCode, answer=payloads.Definition)
    async def post(self, body: payloads.AboutCode) -> payloads.Definition:
        return await self.ask("define", body, payloads.Definition)


@route("/api/notebooks/{notebook}/analysis/marks")
class MarksHandler(ApiHandler):
    """Mistakes in all cells, found by reading them."""

    @needs(Capability.EDIT, body=payloads.CheckCode, answer=payloads.CodeMarks)
    async def post(self, body: payloads.CheckCode) -> payloads.CodeMarks:
        source = (await open_session(self)).room.source
        cells = lint_cells(source, {each.cell: each.source for each in body.cells})
        opened = self.opened_notebook
        answer = await analysts_of(self.services).check(opened.project_id, opened.id, cells)
        try:
            return msgspec.convert(answer, payloads.CodeMarks)
        except msgspec.ValidationError:
            return payloads.CodeMarks(known=False)


@route("/api/notebooks/{notebook}/analysis/formatted")
class FormattedHandler(ApiHandler):
    """How cells look when formatted. Nothing is changed by asking."""

    @needs(Capability.EDIT, body=payloads.FormatCode, answer=payloads.FormattedCode)
    async def post(self, body: payloads.FormatCode) -> payloads.FormattedCode:
        source = (await open_session(self)).room.source
        seen = {each.cell: each.source for each in body.cells}
        cells = [each for each in lint_cells(source, seen) if each.id in seen]
        if not cells:
            return payloads.FormattedCode()
        answer = await analysts_of(self.services).format(self.opened_notebook.project_id, cells)
        try:
            return msgspec.convert(answer, payloads.FormattedCode)
        except msgspec.ValidationError:
            sentence = "The code could not be formatted just now. Try again."
            raise Refusal("no_formatter", sentence, 503) from None
