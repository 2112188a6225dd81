"""Kernels over several engines: each goes where its class says, and is looked for only where its row says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from collab.ids import NotebookId, ProjectId
from kernel_manager.client import SupervisorLost
from kernel_manager.engines.base import EngineRefused, Status
from server.db.repositories.kernels import RecordedKernel
from server.sessions import backend
from server.sessions.backend import Progress, Supervised
from tests.support.engines import FakeEngine

PROJECT = ProjectId("p")
KERNEL = RecordedKernel("k1", NotebookId("n"), "there-small", "there", "token", 1, 1, "living")


@pytest.fixture
def here() -> FakeEngine:
    return FakeEngine("here")


@pytest.fixture
def there() -> FakeEngine:
    return FakeEngine("there")


@pytest.fixture
def kernels(
    here: FakeEngine, there: FakeEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Supervised:
    monkeypatch.setattr(backend, "QUEUE_POLL_S", (0.001, 0.001))

    async def python_of(project: ProjectId, progress: Progress) -> str:
        return "python"

    return Supervised(
        {"here": here, "there": there}, owner="me", folder_of=lambda _: tmp_path, python_of=python_of
    )


def quiet(sentence: str) -> None:
    """Hear of nothing."""


async def test_a_kernel_goes_to_the_engine_of_its_class(
    kernels: Supervised, here: FakeEngine, there: FakeEngine
) -> None:
    assert await kernels.engine_of("there-small", PROJECT) == "there"
    await kernels.place(KERNEL, PROJECT, quiet)
    assert (list(here.placed), list(there.placed)) == ([], ["k1"])


async def test_a_class_that_is_gone_is_a_refusal_in_words(kernels: Supervised) -> None:
    with pytest.raises(EngineRefused, match="no machine 'big'"):
        await kernels.engine_of("big", PROJECT)


async def test_an_engine_that_was_taken_away_is_a_refusal_in_words(kernels: Supervised) -> None:
    with pytest.raises(EngineRefused, match="no engine 'elsewhere'"):
        await kernels.end(replace(KERNEL, engine="elsewhere"))


async def test_a_kernel_is_ended_only_where_its_row_says(
    kernels: Supervised, here: FakeEngine, there: FakeEngine
) -> None:
    for engine in (here, there):
        handle = await engine.submit(await placement_of(kernels, here))
    await kernels.end(replace(KERNEL, handle=None))
    assert (here.cancelled, there.cancelled) == ([], ["k1"])
    assert handle == {"dir": "/there/k1"}


async def test_a_kernel_without_a_handle_is_looked_for_until_the_engine_answers(
    kernels: Supervised, there: FakeEngine
) -> None:
    await kernels.place(KERNEL, PROJECT, quiet)
    there.away = 3
    assert await kernels.find(KERNEL) == {"dir": "/there/k1"}
    assert await kernels.find(replace(KERNEL, id="k2")) is None


async def test_a_start_waits_for_an_engine_that_is_silent_and_places_the_kernel_once(
    kernels: Supervised, there: FakeEngine
) -> None:
    there.silences = 2
    heard: list[str] = []
    await kernels.place(KERNEL, PROJECT, heard.append)
    assert heard == ["The engine does not answer. It is tried again."] * 2
    assert there.cancelled == ["k1", "k1"], "what it had taken before it fell silent is ended first"
    assert list(there.placed) == ["k1"]


async def test_a_queued_kernel_says_what_it_waits_for_once_and_is_not_given_up(
    kernels: Supervised, there: FakeEngine
) -> None:
    there.statuses = [Status("queued", "place 2"), Status("queued", "place 2"), Status("queued", "place 1")]
    there.statuses += [Status("ended", "The job was cancelled.")]
    heard: list[str] = []
    placed = replace(KERNEL, handle={"dir": "/there/k1"})
    with pytest.raises(SupervisorLost, match="The job was cancelled") as lost:
        await kernels.attach(placed, 1, 0, lambda _: None, lambda loss, reason: None, heard.append)
    assert heard == ["place 2", "place 1"]
    assert lost.value.loss == "gone"


async def placement_of(kernels: Supervised, engine: FakeEngine):  # type: ignore[no-untyped-def]
    await kernels.place(replace(KERNEL, engine="here"), PROJECT, quiet)
    return engine.placed["k1"]
