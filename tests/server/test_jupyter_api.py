"""`/jupyter/PROJECT/api/…` over scripted kernels: Jupyter's calls, by the rights each needs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from kernel_manager.asking import Answer as KernelAnswer
from server.jupyter_api.unheard import MOST_BYTES, Told, Unheard
from server.sessions.taps import Absent
from tests.support.backend import FakeBackend
from tests.support.server import Client, running
from tests.support.socket_page import Page
from tests.support.world import World, open_world

V1 = "v1.kernel.websocket.jupyter.org"


@dataclass
class Program:
    """A program at a kernel's socket, as JupyterLab's services are."""

    socket: aiohttp.ClientWebSocketResponse
    session: str = field(default_factory=lambda: uuid4().hex)

    async def send(self, channel: str, msg_type: str, content: Mapping[str, Any]) -> str:
        header = {
            "msg_id": uuid4().hex,
            "msg_type": msg_type,
            "session": self.session,
            "username": "",
            "version": "5.3",
            "date": "2026-01-01T00:00:00Z",
        }
        parts = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
        if self.socket.protocol == V1:
            from jupyter_server.services.kernels.connection.base import serialize_msg_to_ws_v1

            packed = [json.dumps(part).encode() for part in parts.values()]
            await self.socket.send_bytes(serialize_msg_to_ws_v1(packed, channel))
        else:
            await self.socket.send_str(json.dumps({**parts, "channel": channel, "buffers": []}))
        return header["msg_id"]

    async def hear(self) -> dict[str, Any]:
        message = await self.socket.receive(timeout=20)
        if message.type is aiohttp.WSMsgType.BINARY:
            from jupyter_server.services.kernels.connection.base import deserialize_msg_from_ws_v1

            channel, parts = deserialize_msg_from_ws_v1(message.data)
            names = ("header", "parent_header", "metadata", "content")
            read: dict[str, Any] = dict(zip(names, map(json.loads, parts), strict=False))
            return {**read, "channel": channel, "msg_type": read["header"]["msg_type"]}
        assert message.type is aiohttp.WSMsgType.TEXT, message
        heard: dict[str, Any] = json.loads(message.data)
        return heard

    async def until(self, is_last: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
        heard = [await self.hear()]
        while not is_last(heard[-1]):
            heard.append(await self.hear())
        return heard

    async def answers(self, msg_id: str) -> list[dict[str, Any]]:
        """Return what is heard of one request, up to its idle status."""

        def is_end(message: dict[str, Any]) -> bool:
            own = message["parent_header"].get("msg_id") == msg_id
            return own and message["content"].get("execution_state") == "idle"

        heard = await self.until(is_end)
        return [each for each in heard if each["parent_header"].get("msg_id") == msg_id]

    async def run(self, code: str, **more: Any) -> list[dict[str, Any]]:
        content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, **more}
        return await self.answers(await self.send("shell", "execute_request", content))


def words(heard: list[dict[str, Any]]) -> list[str]:
    return [str(each["content"].get("execution_state") or each["msg_type"]) for each in heard]


@asynccontextmanager
async def program(
    client: Client, project: str, kernel: str, *protocols: str, session: str | None = None
) -> AsyncIterator[Program]:
    name = str(uuid4()) if session is None else session
    path = f"/jupyter/{project}/api/kernels/{kernel}/channels?session_id={name}"
    headers = {"Origin": client.base}
    async with client.http.ws_connect(client.base + path, protocols=protocols, headers=headers) as socket:
        yield Program(socket)


async def started(world: World, by: Client | None = None) -> str:
    """Start the kernel of the notebook, as a program does, and return its id."""
    body = {"path": "Notes.ipynb", "type": "notebook", "name": "", "kernel": {"name": "python3"}}
    made = await (by or world.ada).post(f"/jupyter/{world.project}/api/sessions", body)
    assert made.status == 201, made.body
    session = await world.sessions.get(world.notebook)
    while session.state.kernel == "starting":
        await session.changed()
    kernel: str = made.json["kernel"]["id"]
    return kernel


@pytest.mark.parametrize("protocol", [(), (V1,)])
async def test_a_program_runs_in_the_notebooks_kernel_and_hears_its_outputs(
    world: World, protocol: tuple[str, ...]
) -> None:
    kernel = await started(world)
    async with program(world.ada, world.project, kernel, *protocol) as lab:
        heard = await lab.run("print hello\nshow 42")
        assert words(heard) == [
            "busy", "execute_input", "stream", "display_data", "execute_reply", "idle"
        ]  # fmt: skip
        assert heard[1]["content"] == {"code": "print hello\nshow 42", "execution_count": 1}
        assert heard[2]["content"] == {"name": "stdout", "text": "hello\n"}
        assert heard[4]["content"]["status"] == "ok"
        failed = await lab.run("error ValueError")
        assert words(failed)[-3:] == ["error", "execute_reply", "idle"]
        assert failed[-2]["content"]["ename"] == "ValueError"


async def test_code_of_a_program_waits_in_the_notebooks_queue_in_its_senders_name(
    world: World, ada: Page
) -> None:
    kernel = await started(world)
    collaborator = world.people["collaborator"]
    async with (
        program(collaborator, world.project, kernel) as lab,
        program(world.ada, world.project, kernel) as other,
    ):
        first = await lab.send("shell", "execute_request", {"code": "hold\nprint done"})
        await lab.until(lambda message: message["msg_type"] == "execute_input")
        second = await other.send("shell", "execute_request", {"code": "print second"})
        session = await world.sessions.get(world.notebook)
        while len(session.state.queue) < 2:
            await session.changed()
        assert [entry.by_name for entry in session.room.runtime.queue()] == ["Collaborator", "Ada"]
        assert (await world.ada.get(f"/api/notebooks/{world.notebook}/kernel")).json["state"] == "busy"
        run = session.state.queue[0].run
        answer = (await world.ada.get(f"/api/runs/{run}")).json
        assert (answer["by"]["id"], answer["cells"][0]["state"]) == (collaborator.user, "running")
        world.backend.kernel.release()
        assert "stream" in words(await lab.answers(first))
        heard = await other.answers(second)
        assert [each["content"]["text"] for each in heard if each["msg_type"] == "stream"] == ["second\n"]
        # The outputs are the asking program's, and no cell of the document shows them.
        assert session.room.runtime.entries() == {}


async def test_only_messages_of_the_list_reach_the_kernel_and_free_text_needs_two_rights(
    world: World,
) -> None:
    kernel = await started(world)
    world.backend.kernel.answers["complete_request"] = lambda asked: KernelAnswer(
        {"status": "ok", "matches": [asked["code"]]}
    )
    async with program(world.people["executor"], world.project, kernel) as lab:
        heard = await lab.run("print no")
        assert words(heard) == ["busy", "error", "execute_reply", "idle"]
        assert "EDIT" in heard[1]["content"]["evalue"]
        heard = await lab.answers(
            await lab.send("shell", "complete_request", {"code": "pri", "cursor_pos": 3})
        )
        assert heard[1]["content"]["matches"] == ["pri"]
    async with program(world.ada, world.project, kernel) as lab:
        forbidden = [
            ("control", "execute_request"), ("control", "debug_request"), ("shell", "debug_request"),
            ("control", "create_subshell_request"), ("shell", "any_request"), ("stdin", "execute_request"),
        ]  # fmt: skip
        for channel, msg_type in forbidden:
            heard = await lab.answers(await lab.send(channel, msg_type, {"code": "print no"}))
            reply = next(each for each in heard if each["msg_type"].endswith("_reply"))
            assert reply["content"]["status"] == "error", msg_type
        heard = await lab.answers(await lab.send("shell", "history_request", {"hist_access_type": "tail"}))
        assert heard[1]["content"] == {"status": "ok", "history": []}
        await lab.send("shell", "comm_open", {"comm_id": "x", "target_name": "mine", "data": {}})
        await lab.run("print yes")
    fake = world.backend.kernel
    assert (len(fake.ran), fake.comms, [name for name, _ in fake.asked]) == (1, [], ["complete_request"])
    for role in ("viewer", "editor"):
        with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
            async with program(world.people[role], world.project, kernel):
                pass


async def test_who_may_run_no_more_loses_the_socket_at_once(world: World) -> None:
    kernel, collaborator = await started(world), world.people["collaborator"]
    async with program(collaborator, world.project, kernel) as lab:
        await lab.run("print before")
        await world.ada.put(f"/api/projects/{world.project}/members/{collaborator.user}", {"role": "viewer"})
        await lab.send("shell", "execute_request", {"code": "print after"})
        while (message := await lab.socket.receive(timeout=20)).type is aiohttp.WSMsgType.TEXT:
            pass
        assert message.type is aiohttp.WSMsgType.CLOSE
        assert lab.socket.close_code == 4403
    assert len(world.backend.kernel.ran) == 1


async def test_a_failure_drops_what_the_same_program_sent_behind_it(world: World) -> None:
    kernel = await started(world)
    async with (
        program(world.ada, world.project, kernel) as lab,
        program(world.ada, world.project, kernel) as other,
    ):
        await lab.send("shell", "execute_request", {"code": "hold\nerror ValueError"})
        await lab.until(lambda message: message["msg_type"] == "execute_input")
        behind = await lab.send("shell", "execute_request", {"code": "print never"})
        elsewhere = await other.send("shell", "execute_request", {"code": "print still"})
        session = await world.sessions.get(world.notebook)
        while len(session.state.queue) < 3:
            await session.changed()
        world.backend.kernel.release()
        heard = await lab.answers(behind)
        assert [each["content"]["status"] for each in heard if each["msg_type"] == "execute_reply"] == [
            "aborted"
        ]
        assert "stream" in words(await other.answers(elsewhere))


async def test_a_program_that_lost_its_line_hears_the_rest(world: World) -> None:
    kernel = await started(world)
    async with program(world.ada, world.project, kernel, session="mine") as lab:
        request = await lab.send("shell", "execute_request", {"code": "print one\nhold\nprint two"})
        await lab.until(lambda message: message["msg_type"] == "stream")
        await lab.answers(await lab.send("shell", "kernel_info_request", {}))  # pongs for all before it
    session = await world.sessions.get(world.notebook)
    while not any(isinstance(tap, Absent) for tap in session.taps):  # noqa: ASYNC110
        await asyncio.sleep(0)
    world.backend.kernel.release()
    while session.state.kernel == "busy":
        await session.changed()
    async with program(world.ada, world.project, kernel, session="another") as other:
        await other.run("print mine")
    async with program(world.people["collaborator"], world.project, kernel, session="mine") as other:
        await other.run("print mine")
    async with program(world.ada, world.project, kernel, session="mine") as lab:
        heard = await lab.answers(request)
    assert words(heard) == ["stream", "execute_reply", "idle"]
    assert heard[0]["content"]["text"] == "two\n"


async def test_a_program_whose_line_died_unseen_hears_all_that_was_sent_there(world: World) -> None:
    kernel = await started(world)
    session = await world.sessions.get(world.notebook)
    async with program(world.ada, world.project, kernel, session="mine") as dead:  # which reads nothing
        request = await dead.send("shell", "execute_request", {"code": "print one\nhold\nprint two"})
        while session.state.running is None:
            await session.changed()
        world.backend.kernel.release()
        while session.state.kernel == "busy":
            await session.changed()
        async with program(world.ada, world.project, kernel, session="mine") as lab:
            heard = await lab.answers(request)
            assert words(heard) == ["busy", "execute_input", "stream", "stream", "execute_reply", "idle"]
            assert [each["content"]["text"] for each in heard[2:4]] == ["one\n", "two\n"]
            assert "stream" in words(await lab.run("print three"))
            last = await dead.socket.receive()
            while last.type is not aiohttp.WSMsgType.CLOSE:
                last = await dead.socket.receive()
            assert last.data == 4409
    async with program(world.ada, world.project, kernel, session="mine") as lab:
        assert words(await lab.run("print four"))[0] == "busy"


async def test_what_programs_miss_is_kept_for_so_many_of_a_person(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.jupyter_api.channels.MOST_AWAY", 2)
    kernel = await started(world)
    session = await world.sessions.get(world.notebook)

    def away() -> list[str]:
        return [tap.client.partition(":")[2] for tap in session.taps if isinstance(tap, Absent)]

    for number, name in enumerate(("one", "two", "three"), 1):
        async with program(world.ada, world.project, kernel, session=name) as lab:
            await lab.send("shell", "execute_request", {"code": "hold"})
            while len(session.state.queue) < number:
                await session.changed()
        while name not in away():  # noqa: ASYNC110
            await asyncio.sleep(0)
    assert away() == ["two", "three"]
    world.backend.kernel.release()


def test_what_was_told_is_kept_until_a_pong_and_up_to_a_limit() -> None:
    pings: list[bytes] = []
    unheard = Unheard(pings.append)

    def tell(name: str, size: int = 1) -> None:
        unheard.note(Told(("iopub", name, {"msg_id": "1"}, {}, None, ()), size))

    def left() -> list[str]:
        return [told.parts[1] for told in unheard.left()]

    tell("one")
    tell("two")
    assert (pings, left()) == ([b"1"], ["one", "two"])
    unheard.answered(b"")
    assert left() == ["one", "two"]
    unheard.answered(b"1")
    assert (pings, left()) == ([b"1", b"2"], ["two"])
    tell("three")
    unheard.answered(b"1")
    unheard.answered(b"2")
    assert (pings, left()) == ([b"1", b"2", b"3"], ["three"])
    unheard.answered(b"3")
    assert (left(), unheard.is_cut) == ([], False)
    for name in "four", "five", "six":
        tell(name, MOST_BYTES // 2)
    assert (left(), unheard.is_cut) == (["five", "six"], True)
    unheard.answered(pings[-2])
    assert left() == ["five", "six"]
    unheard.answered(pings[-1])
    assert left() == []


async def test_a_program_that_asks_for_a_password_signs_in_with_a_token(world: World) -> None:
    """As VS Code does with an *Existing Jupyter Server*."""
    script = await world.server.script_of(world.ada.user)
    token = script.http.headers["Authorization"].removeprefix("Bearer ")
    root, kernel = f"/jupyter/{world.project}/", await started(world)
    code = world.server.client()
    for address in (root, root.rstrip("/")):
        sent_on = await code.get(address)
        assert (sent_on.status, sent_on.headers["Location"].partition("?")[0]) == (302, f"{root}login")
    sign_in = f"{root}login?"
    twin = SimpleCookie((await code.get(sign_in)).headers["Set-Cookie"])["_xsrf"]
    assert (twin["path"], twin["httponly"], twin["samesite"]) == (root, True, "Strict")
    form, at = {"_xsrf": twin.value, "password": token}, {"Cookie": f"_xsrf={twin.value}"}
    code.http.cookie_jar.clear()
    assert (await code.post(sign_in, data=form)).code == "stale_sign_in"
    wrong = await code.post(sign_in, data=form | {"password": f"{token}x"}, headers=at)
    assert (wrong.status, wrong.code) == (401, "wrong_token")
    done = await code.post(sign_in, data=form, headers=at)
    assert (done.status, done.headers["Location"]) == (302, root)
    code.http.cookie_jar.clear()
    cookies = f"_xsrf={twin.value}; {done.headers['Set-Cookie']}"  # it repeats the attributes, too
    signed = {"Cookie": cookies, "X-XSRFToken": twin.value}
    assert (await code.get(f"{root}api/me", headers=signed)).json["identity"]["name"] == "ada"
    assert (await code.post(f"{root}api/kernels/{kernel}/interrupt", headers=signed)).status == 204
    url = f"{code.base}{root}api/kernels/{kernel}/channels?session_id=code"
    async with code.http.ws_connect(url, protocols=[V1], headers=signed) as socket:
        assert "stream" in words(await Program(socket).run("print hello"))

    # No browser can be made to send the header, so the cookie alone is nobody's.
    assert (await code.get(f"{root}api/me", headers={"Cookie": cookies})).status == 401
    assert (await code.get(f"{root}api/me", headers=signed | {"X-XSRFToken": "x"})).status == 401
    assert (await code.get("/api/me", headers=signed)).status == 401
    evil = signed | {"Origin": "https://evil"}
    assert (await code.post(f"{root}api/kernels/{kernel}/interrupt", headers=evil)).code == "wrong_origin"
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await code.http.ws_connect(url, headers={"Cookie": cookies})
    assert refused.value.status == 401


@pytest.mark.parametrize("name", ["mine", ""])
async def test_a_program_gets_the_rest_and_the_end_from_the_next_server(tmp_path: Path, name: str) -> None:
    backend = FakeBackend()
    async with running(tmp_path / "data") as server:
        world = await open_world(server, backend)
        kernel = await started(world)
        async with program(world.ada, world.project, kernel, session=name) as lab:
            first = await lab.send("shell", "execute_request", {"code": "print one\nhold\nprint two"})
            await lab.until(lambda message: message["msg_type"] == "stream")
            content = {"code": "print three", "silent": True, "stop_on_error": False}
            second = await lab.send("shell", "execute_request", content)
            session = await world.sessions.get(world.notebook)
            while len(session.state.queue) < 2:
                await session.changed()
            asked = session.state.queue[1].text
        user = world.ada.user
    backend.kernel.release()
    async with running(tmp_path / "data", backend=backend) as server:
        ada = await server.browser_of(user)
        assert (await ada.get(f"/jupyter/{world.project}/api/kernels/{kernel}")).status == 200
        async with program(ada, world.project, kernel, session=name) as lab:
            heard = await lab.answers(first)
            assert "clear_output" in words(heard)
            after = heard[words(heard).index("clear_output") :]
            assert [m["content"]["text"] for m in after if m["msg_type"] == "stream"] == ["one\n", "two\n"]
            assert words(heard)[-2:] == ["execute_reply", "idle"]
            assert heard[-2]["content"]["status"] == "ok"
            assert words(await lab.answers(second))[-2:] == ["execute_reply", "idle"]
    assert asked is not None
    assert (asked.request, asked.silent, asked.stop_on_error) == (second, True, False)


async def test_input_goes_to_the_program_that_asked_for_it(world: World) -> None:
    kernel = await started(world)
    async with program(world.ada, world.project, kernel) as lab:
        asked = await lab.send("shell", "execute_request", {"code": "input Name?", "allow_stdin": True})
        heard = await lab.until(lambda message: message["msg_type"] == "input_request")
        assert (heard[-1]["channel"], heard[-1]["content"]["prompt"]) == ("stdin", "Name?")
        await lab.send("stdin", "input_reply", {"value": "Grace"})
        streams = [each for each in await lab.answers(asked) if each["msg_type"] == "stream"]
        assert streams[0]["content"]["text"] == "Grace\n"


async def test_a_kernel_that_dies_answers_every_program(world: World) -> None:
    kernel = await started(world)
    async with program(world.ada, world.project, kernel) as lab:
        heard = await lab.run("die")
        assert heard[-2]["content"]["ename"] == "KernelDied"
        await lab.until(lambda message: message["content"].get("execution_state") == "dead")
    assert (await world.ada.get(f"/jupyter/{world.project}/api/kernels/{kernel}")).status == 404


async def test_tokens_come_in_the_header_and_never_in_the_address(world: World) -> None:
    script = await world.server.script_of(world.ada.user)
    secret = script.http.headers["Authorization"].removeprefix("Bearer ")
    at = f"/jupyter/{world.project}/api/me"
    nobody = world.server.client()
    assert (await nobody.get(at, headers={"Authorization": f"token {secret}"})).json["identity"][
        "name"
    ] == "ada"
    assert (await nobody.get(f"{at}?token={secret}")).status == 401
    assert (await nobody.get("/api/me", headers={"Authorization": f"token {secret}"})).status == 401
    body = {"name": "python3"}
    forged = await world.ada.post(
        f"/jupyter/{world.project}/api/kernels", body, headers={"Origin": "https://evil"}
    )
    assert (forged.status, forged.code) == (403, "wrong_origin")
    refused = await world.people["viewer"].post(f"/jupyter/{world.project}/api/kernels", body)
    assert (refused.status, refused.json["message"]) == (403, refused.json["error"]["reason"])


async def test_the_calls_that_vs_code_makes(world: World) -> None:
    at, ada = f"/jupyter/{world.project}/api", world.ada
    assert (await ada.get(at)).json["version"].startswith("2.")
    specs = (await ada.get(f"{at}/kernelspecs")).json
    assert specs["default"] == "python3"
    assert specs["kernelspecs"][f"notebook-{world.notebook}"]["spec"]["display_name"] == "Notes (Commonbook)"
    made = await ada.post(f"{at}/contents", {"type": "notebook"})
    assert (made.status, made.json["path"]) == (201, "Untitled.ipynb")
    body = {"path": "remote.ipynb", "name": "remote.ipynb", "type": "notebook", "kernel": {"name": "python3"}}
    session = (await ada.post(f"{at}/sessions", body)).json
    kernel = session["kernel"]["id"]
    assert [each["id"] for each in (await ada.get(f"{at}/sessions")).json] == [session["id"]]
    again = await ada.post(f"{at}/sessions", body)
    assert again.json["id"] == session["id"]
    renamed = await ada.patch(f"{at}/sessions/{session['id']}", {"path": "b.ipynb", "name": "b.ipynb"})
    assert (renamed.json["path"], renamed.json["kernel"]["id"]) == ("b.ipynb", kernel)
    spec = {"kernel": {"name": f"notebook-{world.notebook}"}}
    other = (await ada.patch(f"{at}/sessions/{session['id']}", spec)).json["kernel"]["id"]
    assert other != kernel
    kernels = {each["id"]: each["execution_state"] for each in (await ada.get(f"{at}/kernels")).json}
    assert other in kernels
    assert (await ada.post(f"{at}/kernels/{other}/interrupt")).status == 204
    restarted = await ada.post(f"{at}/kernels/{other}/restart", {})
    assert (restarted.status, restarted.json["execution_state"]) == (200, "idle")
    async with program(ada, world.project, other) as lab:
        assert "stream" in words(await lab.run("print alive"))
    assert (await ada.delete(f"{at}/sessions/{session['id']}")).status == 204
    assert (await ada.get(f"{at}/kernels/{other}")).status == 404


@pytest.mark.parametrize(
    "body", [[], 1, {"path": 1}, {"name": {"a": 1}}, {"path": "x", "type": "x", "kernel": None}]
)
async def test_a_body_of_another_shape_is_refused_in_words(world: World, body: Any) -> None:
    for name in ("sessions", "kernels"):
        refused = await world.ada.post(f"/jupyter/{world.project}/api/{name}", body)
        assert (refused.status, refused.code) == (400, "bad_body")


async def test_nobody_ends_a_kernel_from_afar_that_others_work_with(world: World) -> None:
    kernel = await started(world, world.people["collaborator"])
    at = f"/jupyter/{world.project}/api/kernels/{kernel}"
    eve = await Page.open(world.people["viewer"], world.notebook)
    refused = await world.people["collaborator"].delete(at)
    assert (refused.status, refused.code) == (409, "kernel_shared")
    await eve.close()
    room = (await world.sessions.get(world.notebook)).room
    async with asyncio.timeout(20):
        while room.connections:  # noqa: ASYNC110
            await asyncio.sleep(0)  # the socket's own end is what is waited for
    assert (await world.people["collaborator"].delete(at)).status == 204


async def test_a_notebook_saved_by_a_program_keeps_what_others_wrote_meanwhile(world: World) -> None:
    at = f"/jupyter/{world.project}/api/contents/Notes.ipynb"
    one, two, three = await world.cells("one", "two", "three")
    file = (await world.ada.get(at)).json["content"]
    # Others go on after the program has read: they change a text, delete a cell and add one.
    cells = f"/api/notebooks/{world.notebook}/cells"
    await world.ada.put(f"{cells}/{one}", {"source": "one by others"})
    await world.ada.delete(f"{cells}/{three}")
    await world.ada.post(cells, {"source": "four by others", "after": two})
    file["cells"][1]["source"] = "two by program"
    file["cells"][1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["got\n"]}]
    file["cells"][1]["execution_count"] = 7
    new = {"id": "new-cell-of-it", "cell_type": "markdown", "metadata": {}, "source": "# new"}
    file["cells"].insert(1, new)
    saved = await world.ada.put(at, {"type": "notebook", "format": "json", "content": file})
    assert saved.status == 200, saved.body
    found = (await world.ada.get(f"/api/notebooks/{world.notebook}")).json["cells"]
    assert [cell["source"] for cell in found] == [
        "one by others",
        "# new",
        "two by program",
        "four by others",
    ]
    shown = json.loads((await world.ada.get(f"/api/notebooks/{world.notebook}/ipynb")).body)["cells"][2]
    assert (shown["execution_count"], shown["outputs"][0]["text"]) == (7, "got\n")
    # Saved again as it is, the notebook stays as it is; what the program takes out goes.
    file = (await world.ada.get(at)).json["content"]
    del file["cells"][1]
    file["cells"].reverse()
    await world.ada.put(at, {"type": "notebook", "format": "json", "content": file})
    found = (await world.ada.get(f"/api/notebooks/{world.notebook}")).json["cells"]
    assert [cell["source"] for cell in found] == ["four by others", "two by program", "one by others"]


async def test_notebooks_are_made_renamed_and_deleted_by_their_paths(world: World) -> None:
    at, ada = f"/jupyter/{world.project}/api/contents", world.ada
    file = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}
    assert (await ada.put(f"{at}/Made.ipynb", {"type": "notebook", "content": file})).status == 201
    assert (await ada.patch(f"{at}/Made.ipynb", {"path": "Named.ipynb"})).json["path"] == "Named.ipynb"
    assert (await ada.patch(f"{at}/Named.ipynb", {"path": "Notes.ipynb"})).code == "exists"
    assert (await ada.post(f"{at}", {"copy_from": "Notes.ipynb"})).json["path"] == "Notes-Copy1.ipynb"
    names = sorted(each["name"] for each in (await ada.get(f"{at}/")).json["content"])
    assert names == ["Named.ipynb", "Notes-Copy1.ipynb", "Notes.ipynb"]
    saved = (await ada.post(f"{at}/Notes.ipynb/checkpoints")).json
    assert [saved["id"]] == [each["id"] for each in (await ada.get(f"{at}/Notes.ipynb/checkpoints")).json]
    await started(world)
    assert (await ada.delete(f"{at}/Notes.ipynb")).code == "kernel_running"
    assert (await ada.delete(f"{at}/Named.ipynb")).status == 204
    assert (await ada.get(f"{at}/Named.ipynb")).status == 404
    for path in ("../Notes.ipynb", "%2e%2e/Notes.ipynb", "folder/Notes.ipynb", "script.py"):
        answer = await ada.put(f"{at}/{path}", {"type": "notebook", "content": file})
        assert answer.status in (400, 403, 404, 405), path
    assert (await world.people["viewer"].put(f"{at}/Notes.ipynb", {"type": "notebook"})).status == 403


async def test_files_are_written_moved_and_deleted_as_jupyterlab_does_it(world: World) -> None:
    at, ada = f"/jupyter/{world.project}/api/contents", world.people["collaborator"]
    files = f"/api/projects/{world.project}/files"
    assert (await ada.put(f"{at}/data", {"type": "directory"})).status == 201
    text = {"type": "file", "format": "text", "content": "a,b\n1,ü\n"}
    made = await ada.put(f"{at}/data/t.csv", text)
    assert (made.status, made.json["path"], made.json["type"]) == (201, "data/t.csv", "file")
    assert made.headers["Location"].endswith("/api/contents/data/t.csv")
    assert (await ada.get(f"{files}/data/t.csv")).body == "a,b\n1,ü\n".encode()
    read = (await ada.get(f"{at}/data/t.csv?content=1&hash=1")).json
    assert (read["content"], read["format"], read["mimetype"]) == (text["content"], "text", "text/csv")
    assert read["hash_algorithm"] == "sha256"
    raw = {"type": "file", "format": "base64", "content": "//8A"}
    assert (await ada.put(f"{at}/data/raw", raw)).status == 201
    assert (await ada.get(f"{at}/data/raw")).json["format"] == "base64"
    assert (await ada.get(f"{at}/data/raw?format=text")).status == 400
    for chunk, part in ((1, "YWI="), (2, "Y2Q="), (-1, "ZWY=")):
        sent = {"type": "file", "format": "base64", "content": part, "chunk": chunk}
        assert (await ada.put(f"{at}/data/big", sent)).status in (200, 201)
        assert ((await ada.get(f"{at}/data/big")).status == 200) is (chunk == -1)
    assert (await ada.get(f"{files}/data/big")).body == b"abcdef"
    assert (await ada.patch(f"{at}/data/big", {"path": "data/raw"})).code == "exists"
    assert (await ada.patch(f"{at}/data/big", {"path": "small"})).json["path"] == "small"
    untitled = await ada.post(f"{at}/data", {"type": "file", "ext": ".py"})
    assert untitled.json["path"] == "data/untitled.py"
    listed = (await ada.get(f"{at}/")).json["content"]
    kinds = {each["path"]: each["type"] for each in listed}
    assert kinds == {"Notes.ipynb": "notebook", "data": "directory", "small": "file"}
    assert (await ada.delete(f"{at}/data")).status == 204
    assert (await ada.get(f"{at}/data/t.csv")).status == 404
    (thrown,) = (await ada.get(f"/api/projects/{world.project}/deleted-files")).json["items"]
    assert thrown["name"] == "data"


async def test_a_checkpoint_of_a_file_brings_it_back(world: World) -> None:
    at, ada = f"/jupyter/{world.project}/api/contents", world.people["collaborator"]

    async def write(text: str) -> None:
        assert (
            await ada.put(f"{at}/a.txt", {"type": "file", "format": "text", "content": text})
        ).status < 300

    await write("one")
    assert (await ada.get(f"{at}/a.txt/checkpoints")).json == []
    kept = await ada.post(f"{at}/a.txt/checkpoints")
    assert (kept.status, kept.json["id"]) == (201, "checkpoint")
    await write("two")
    assert (await ada.post(f"{at}/a.txt/checkpoints/other")).status == 404
    assert (await ada.post(f"{at}/a.txt/checkpoints/checkpoint")).status == 204
    assert (await ada.get(f"{at}/a.txt")).json["content"] == "one"
    assert (await ada.delete(f"{at}/a.txt/checkpoints/checkpoint")).status == 204
    assert (await ada.get(f"{at}/a.txt/checkpoints")).json == []
    assert "content" in (await ada.get(f"{at}/")).json
    assert [each["name"] for each in (await ada.get(f"{at}/")).json["content"]] == ["Notes.ipynb", "a.txt"]


async def test_files_of_a_project_are_read_by_members_and_written_with_files_alone(world: World) -> None:
    at = f"/jupyter/{world.project}/api/contents"
    file = {"type": "file", "format": "text", "content": "x"}
    assert (await world.people["collaborator"].put(f"{at}/a.txt", file)).status == 201
    assert (await world.people["viewer"].get(f"{at}/a.txt")).json["content"] == "x"
    editor = world.people["editor"]
    refused = [
        await editor.put(f"{at}/a.txt", file),
        await editor.put(f"{at}/b.txt", file),
        await editor.patch(f"{at}/a.txt", {"path": "c.txt"}),
        await editor.delete(f"{at}/a.txt"),
        await editor.post(f"{at}/", {"type": "directory"}),
        await editor.post(f"{at}/a.txt/checkpoints"),
        await editor.post(f"{at}/a.txt/checkpoints/checkpoint"),
    ]
    assert [answer.status for answer in refused] == [403] * len(refused)
    hidden = ("..", ".secret", "data/.x", "a.txt/b", "no/such.txt", "%2e%2e%2fa.txt")
    for path in hidden:
        assert (await editor.get(f"{at}/{path}")).status in (400, 404), path
        assert (await world.people["collaborator"].put(f"{at}/{path}", file)).status in (400, 404), path


@pytest.mark.parametrize("frame", ["", "{}", "[]", '{"header": 1}', b"\xff\xff\xff\xff", b"\0\0\0\1"])
async def test_a_frame_that_is_no_message_ends_only_its_socket(world: World, frame: str | bytes) -> None:
    kernel = await started(world)
    async with program(world.ada, world.project, kernel) as lab:
        await (lab.socket.send_str(frame) if isinstance(frame, str) else lab.socket.send_bytes(frame))
        while (await lab.socket.receive(timeout=20)).type is aiohttp.WSMsgType.TEXT:
            pass
        assert lab.socket.close_code == 4400
    async with program(world.ada, world.project, kernel) as lab:
        assert "stream" in words(await lab.run("print alive"))
