"""People who may not install packages ask those who may; slips and traps are noticed before either."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from collab.wire import PackagesAsked
from server.limits import TryLimit
from tests.server.test_environments import Lab
from tests.support.server import Client, RunningServer, running
from tests.support.wheels import wheel


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RunningServer]:
    async with running(tmp_path / "data") as started:
        yield started


class Asking:
    """A project, whoever owns it, and two who may only look."""

    def __init__(self, lab: Lab, bob: Client, eve: Client) -> None:
        self.lab, self.ada, self.bob, self.eve = lab, lab.owner, bob, eve
        self.at = f"/api/projects/{lab.project}/package-requests"

    async def seen(self, by: Client) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await by.get(self.at)).json["items"]
        return found


async def asking(server: RunningServer, wheels: Path = Path()) -> Asking:
    ada, bob, eve = [await server.person(name) for name in ("ada", "bob", "eve")]
    project = await server.project(ada, viewer=bob, editor=eve)
    return Asking(Lab(server, ada, project, wheels), bob, eve)


async def test_a_request_is_seen_by_those_who_may_install_and_by_whoever_made_it(
    server: RunningServer,
) -> None:
    desk = await asking(server)
    assert (await desk.bob.post(desk.at, {"lines": ["altair>=5", "Polars"]})).status == 204
    assert (await desk.bob.post(desk.at, {"lines": ["polars"]})).status == 204  # the same once more
    (altair, polars) = await desk.seen(desk.ada)
    assert (altair["line"], altair["by"]["name"], altair["state"]) == ("altair>=5", "bob", "open")
    assert (polars["line"], polars["distribution"]) == ("Polars", "polars")
    assert await desk.seen(desk.bob) == [altair, polars]
    assert await desk.seen(desk.eve) == []
    assert desk.lab.spy.announced == [PackagesAsked(desk.lab.project)] * 2  # type: ignore[list-item, arg-type]
    assert (await desk.eve.delete(f"{desk.at}/{altair['id']}")).status == 404
    assert (await desk.ada.delete(f"{desk.at}/{altair['id']}")).status == 403
    assert (await desk.bob.patch(f"{desk.at}/{altair['id']}", {"state": "declined"})).status == 403
    assert (await desk.bob.delete(f"{desk.at}/{altair['id']}")).status == 204
    assert (await desk.ada.patch(f"{desk.at}/{polars['id']}", {"state": "declined"})).status == 204
    (answered,) = await desk.seen(desk.bob)
    assert (answered["state"], answered["answered_by"]["name"]) == ("declined", "ada")
    assert await desk.seen(desk.ada) == []
    assert (await desk.bob.post(desk.at, {"lines": ["polars"]})).status == 204  # asked again
    assert [each["state"] for each in await desk.seen(desk.bob)] == ["open"]


async def test_what_may_be_asked_for_is_bounded(server: RunningServer) -> None:
    desk = await asking(server)
    for line in ("-e ./x", "a @ https://example.org/a.whl", "a\nb", "../x", "reqeusts", "sklearn", ""):
        answer = await desk.bob.post(desk.at, {"lines": [line]})
        assert answer.status in (400, 409), line
    assert (await desk.ada.post(desk.at, {"lines": ["polars"]})).code == "may_install"
    server.services.limits.asks = TryLimit(3, 3600)
    names = [f"package-number-{number}-of-many" for number in range(21)]
    assert (await desk.bob.post(desk.at, {"lines": names[:20]})).status == 204
    assert (await desk.bob.post(desk.at, {"lines": names[20:]})).code == "too_many_requests"
    assert (await desk.bob.post(desk.at, {"lines": names[:1]})).status == 204
    assert (await desk.bob.post(desk.at, {"lines": names[:1]})).code == "too_many_tries"
    assert len(await desk.seen(desk.ada)) == 20


async def test_a_guest_without_an_account_cannot_ask(server: RunningServer) -> None:
    desk = await asking(server)
    await desk.ada.patch(f"/api/projects/{desk.lab.project}", {"links_without_account": True})
    made = (await desk.ada.post(f"/api/projects/{desk.lab.project}/links", {"role": "viewer"})).json
    guest = server.browser()
    await guest.post("/api/links/use", {"secret": made["url"].partition("#")[2]})
    assert (await guest.post(desk.at, {"lines": ["polars"]})).code == "account_needed"
    assert (await guest.get(desk.at)).json["items"] == []


async def test_an_install_answers_whoever_asked_and_slips_need_a_word(tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    for name in ("basekit", "tidy", "reqeusts"):
        wheel(wheels, name, "1.0")
    async with running(tmp_path / "data", wheelhouse=str(wheels), base_packages=("basekit",)) as server:
        desk = await asking(server, wheels)
        lab = desk.lab
        assert (await desk.bob.post(desk.at, {"lines": ["tidy"]})).status == 204
        await lab.done(await lab.install("tidy<2"))
        (answered,) = await desk.seen(desk.bob)
        assert (answered["state"], answered["answered_by"]["name"]) == ("installed", "ada")
        refused = await lab.install("reqeusts")
        assert (refused.status, refused.code) == (409, "confirm_first")
        assert "looks like requests" in refused.json["error"]["reason"]
        assert (await lab.install("sklearn")).code == "confirm_first"
        await lab.done(await lab.install("reqeusts", confirmed=True))
        await lab.done(await lab.install("reqeusts<9"))  # it is there, so it is meant
        offer = (await desk.bob.get(f"/api/projects/{lab.project}/imports/tidy")).json
        assert (offer["state"], offer["distribution"]) == ("installed", "tidy")
        assert offer["installed_at"] > answered["created_at"]


async def test_a_failed_import_is_offered_what_it_needs(server: RunningServer) -> None:
    ada = await server.person("ada")
    project = await server.project(ada)
    (server.config.data / "projects" / project / "files").mkdir(parents=True)
    (server.config.data / "projects" / project / "files" / "ours.py").write_text("")
    at = f"/api/projects/{project}"
    code = "%pip install 'scikit-learn>=1.4'\nimport sklearn.svm, ours"
    notebook = await ada.post(f"{at}/notebooks", {"name": "Notes"})
    await ada.post(f"/api/notebooks/{notebook.json['id']}/cells", {"type": "code", "source": code})

    async def offer(name: str) -> dict[str, Any]:
        found: dict[str, Any] = (await ada.get(f"{at}/imports/{name}")).json
        return found

    sklearn = await offer("sklearn.svm")
    assert (sklearn["state"], sklearn["line"]) == ("missing", "scikit-learn>=1.4")
    cv2 = await offer("cv2")
    assert (cv2["state"], cv2["line"], cv2["evidence"]) == ("missing", "opencv-python", "curated")
    assert (await offer("google.cloud.storage"))["line"] == "google-cloud-storage"
    slip = await offer("reqeusts")
    assert (slip["state"], slip["line"], slip["looks_like"]) == ("unknown", None, "requests")
    assert slip["reason"].endswith("Did you mean requests?")
    assert (await offer("acme_inhouse_thing"))["state"] == "unknown"
    assert [(await offer(name))["state"] for name in ("ours", "json")] == ["own", "own"]
