"""A real ipykernel behind a real supervisor: what it says arrives, once, whole and in order."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kernel_manager.client import SupervisorClient
from kernel_manager.reports import (
    Died,
    Finished,
    InputWanted,
    Message,
    Ready,
    Started,
    Usage,
)
from tests.support.kernels import Placed, Reports, attached, kernel_pid, placed

pytestmark = pytest.mark.kernel

Attached = tuple[SupervisorClient, Reports, Placed]


@pytest.fixture
async def kernel(tmp_path: Path) -> AsyncIterator[Attached]:
    async with attached(tmp_path) as everything:
        yield everything


async def value_of(client: SupervisorClient, reports: Reports, msg_id: str, expression: str) -> str:
    client.execute(msg_id, expression)
    await reports.finished(msg_id)
    message = await reports.first(
        Message, lambda report: report.msg_id == msg_id and report.msg_type == "execute_result", 1.0
    )
    text = message.content["data"]["text/plain"]
    assert isinstance(text, str)
    return text


async def test_a_run_is_told_from_start_to_finish(kernel: Attached) -> None:
    client, reports, _ = kernel
    client.execute("a", "print('hello'); 6 * 7")
    finished = await reports.finished("a")
    assert (finished.status, finished.count, finished.epoch) == ("ok", 1, 1)
    journaled = [report for report in reports.all if not isinstance(report, Usage)]
    assert [type(report) for report in journaled] == [Ready, Started, Message, Message, Finished]
    assert reports.seqs() == [1, 2, 3, 4, 5]
    assert reports.text("a") == "hello\n"
    assert reports.of(Ready)[0].language.startswith("Python 3.")


async def test_a_start_leaves_out_the_debugger_and_nothing_of_it_stays(kernel: Attached) -> None:
    client, reports, _ = kernel
    code = "import gc, sys; 'debugpy' in sys.modules, gc.isenabled(), bool(__import__('debugpy').listen)"
    assert await value_of(client, reports, "a", code) == "(False, True, True)"


async def test_an_error_is_told_with_its_name(kernel: Attached) -> None:
    client, reports, _ = kernel
    client.execute("a", "1 / 0")
    finished = await reports.finished("a")
    assert (finished.status, finished.ename) == ("error", "ZeroDivisionError")
    assert await value_of(client, reports, "b", "1 + 1") == "2"


async def test_a_request_sent_twice_runs_once(kernel: Attached) -> None:
    client, reports, here = kernel
    client.execute("a", "n = globals().get('n', 0) + 1")
    client.execute("a", "n = globals().get('n', 0) + 1")
    await reports.finished("a")
    await client.close()
    again = Reports()
    second = await here.attach(again, fence=2, since=reports.seqs()[-1])
    second.execute("a", "n = globals().get('n', 0) + 1")
    assert await value_of(second, again, "b", "n") == "1"
    await second.close()


async def test_a_dropped_server_in_mid_cell_loses_nothing(kernel: Attached) -> None:
    client, reports, here = kernel
    # The cell goes on only when the test lets it, so the first server is surely gone in the middle.
    client.execute(
        "a", "kept = 41\nfor i in range(50):\n    print(i)\ninput()\nfor i in range(50, 100): print(i)"
    )
    await reports.first(InputWanted)
    await client.close()
    rest = Reports()
    second = await here.attach(rest, fence=2, since=client.seq)
    wanted = await rest.first(InputWanted)
    second.answer(wanted.msg_id, "")
    await rest.finished("a")
    assert reports.text("a") + rest.text("a") == "".join(f"{i}\n" for i in range(100))
    assert await value_of(second, rest, "b", "kept + 1") == "42"
    await second.close()


@pytest.mark.slow
async def test_a_million_lines_arrive_whole(kernel: Attached) -> None:
    client, reports, _ = kernel
    client.execute("a", "for i in range(1_000_000): print(i)")
    await reports.finished("a", limit_s=180)
    assert reports.text("a") == "".join(f"{i}\n" for i in range(1_000_000))


@pytest.mark.slow
async def test_twenty_thousand_displays_arrive_all(kernel: Attached) -> None:
    client, reports, _ = kernel
    client.execute("a", "from IPython.display import display\nfor i in range(20_000): display(i)")
    await reports.finished("a", limit_s=180)
    shown = [
        message.content["data"]["text/plain"]
        for message in reports.of(Message)
        if message.msg_type == "display_data"
    ]
    assert shown == [str(i) for i in range(20_000)]


async def test_a_display_of_five_megabytes_arrives_whole(kernel: Attached) -> None:
    client, reports, _ = kernel
    code = "from IPython.display import display\ndisplay({'text/plain': 'é' * 2_500_000}, raw=True)"
    client.execute("a", code)
    await reports.finished("a")
    shown = await reports.first(Message, lambda report: report.msg_type == "display_data")
    assert shown.content["data"]["text/plain"] == "é" * 2_500_000


async def test_text_that_is_no_unicode_does_not_stop_the_reports(kernel: Attached) -> None:
    client, reports, _ = kernel
    client.execute("a", "print('left \\udc80 right')")
    assert (await reports.finished("a")).status in ("ok", "error")
    assert await value_of(client, reports, "b", "1 + 1") == "2"


@pytest.mark.parametrize(
    "code",
    [
        "while True: print('x' * 50)",
        "from IPython.display import display\nwhile True: display('x' * 50)",
        "import time\nwhile True: time.sleep(60)",
    ],
    ids=["print", "display", "sleep"],
)
async def test_an_interrupt_passes_by_any_flood(kernel: Attached, code: str) -> None:
    client, reports, _ = kernel
    client.execute("a", code)
    await reports.first(Started)
    if "time" not in code:
        await reports.first(Message)
    loop = asyncio.get_running_loop()
    before = loop.time()
    await client.interrupt()
    finished = await reports.finished("a")
    assert finished.ename == "KeyboardInterrupt"
    assert loop.time() - before < 2.0
    assert await value_of(client, reports, "b", "1 + 1") == "2"


async def test_an_interrupt_right_behind_a_run_is_not_lost(kernel: Attached) -> None:
    client, reports, _ = kernel
    await reports.first(Ready)
    client.execute("a", "import time\ntime.sleep(100)")
    await client.interrupt()
    assert (await reports.finished("a", limit_s=10)).ename == "KeyboardInterrupt"


async def test_an_interrupt_with_nothing_to_stop_does_no_harm(kernel: Attached) -> None:
    client, reports, _ = kernel
    await client.interrupt()
    await reports.first(Ready)
    await client.interrupt()
    assert await value_of(client, reports, "a", "1 + 1") == "2"


async def test_input_is_asked_for_and_answered(kernel: Attached) -> None:
    client, reports, _ = kernel
    client.execute("a", "name = input('Who? ')\nimport getpass\nword = getpass.getpass('Word? ')")
    first = await reports.first(InputWanted)
    assert (first.msg_id, first.prompt, first.password) == ("a", "Who? ", False)
    client.answer("a", "Ada")
    second = await reports.first(InputWanted, lambda report: report.seq != first.seq)
    assert (second.prompt, second.password) == ("Word? ", True)
    client.answer("a", "secret")
    await reports.finished("a")
    assert await value_of(client, reports, "b", "name, word") == "('Ada', 'secret')"


async def test_a_question_and_its_answer_stay_below_the_cell(kernel: Attached) -> None:
    client, reports, _ = kernel
    client.execute("a", "import getpass\nprint('first')\ninput('Who? ')\ngetpass.getpass('Word? ')")
    first = await reports.first(InputWanted)
    client.answer("a", "Ada", is_shown=True)
    await reports.first(InputWanted, lambda report: report.seq != first.seq)
    client.answer("a", "secret", is_shown=True)
    await reports.finished("a")
    assert reports.text("a") == "first\nWho? Ada\nWord? ········\n"


async def test_a_second_answer_is_not_kept_for_the_next_question(kernel: Attached) -> None:
    client, reports, _ = kernel
    client.execute("a", "x = input('1')")
    await reports.first(InputWanted)
    client.answer("a", "right")
    client.answer("a", "too late")
    await reports.finished("a")
    client.execute("b", "y = input('2')")
    await reports.first(InputWanted, lambda report: report.msg_id == "b")
    client.answer("b", "also right")
    await reports.finished("b")
    assert await value_of(client, reports, "c", "x, y") == "('right', 'also right')"


async def test_a_waiting_input_is_asked_again_for_a_new_server(kernel: Attached) -> None:
    client, reports, here = kernel
    client.execute("a", "input('Still there? ')")
    await reports.first(InputWanted)
    client.acknowledge(client.seq)
    await client.close()
    again = Reports()
    second = await here.attach(again, fence=2, since=client.seq)
    assert (await again.first(InputWanted)).prompt == "Still there? "
    second.answer("a", "yes")
    assert (await again.finished("a")).status == "ok"
    await second.close()


async def test_a_killed_kernel_dies_once_and_can_be_restarted(kernel: Attached) -> None:
    client, reports, _ = kernel
    client.execute(
        "a", "import os, signal\nprint('last words', flush=True)\nos.kill(os.getpid(), signal.SIGKILL)"
    )
    died = await reports.first(Died)
    assert (died.cause, died.returncode, died.epoch) == ("signal", -9, 1)
    assert died.reason == "The kernel was killed by signal 9 (SIGKILL)."
    assert client.state == "dead"
    await client.restart()
    assert (await reports.first(Ready, lambda report: report.epoch == 2)).epoch == 2
    assert await value_of(client, reports, "b", "1 + 1") == "2"
    assert len(reports.of(Died)) == 1
    assert [report.msg_id for report in reports.of(Finished)] == ["b"]


async def test_an_exit_is_told_with_its_code_and_the_end_of_the_log(kernel: Attached) -> None:
    client, reports, _ = kernel
    client.execute(
        "a", "import os, sys\nsys.__stderr__.write('the disk is full')\nsys.__stderr__.flush()\nos._exit(3)"
    )
    died = await reports.first(Died)
    assert (died.cause, died.reason, died.returncode) == ("exit", "Python exited with code 3.", 3)


async def test_a_run_on_a_dead_kernel_is_aborted_and_not_forgotten(kernel: Attached) -> None:
    client, reports, _ = kernel
    client.execute("a", "import os; os._exit(1)")
    await reports.first(Died)
    client.execute("b", "1")
    assert (await reports.finished("b")).status == "aborted"


async def test_a_restart_aborts_what_runs_and_starts_anew(kernel: Attached) -> None:
    client, reports, _ = kernel
    client.execute("a", "x = 1\nimport time\ntime.sleep(100)")
    await reports.first(Started)
    await client.restart()
    aborted = await reports.finished("a")
    assert (aborted.status, aborted.epoch) == ("aborted", 1)
    assert await value_of(client, reports, "b", "'x' in globals()") == "False"
    assert reports.of(Ready)[-1].epoch == 2
    assert reports.of(Died) == []


async def test_the_kernel_has_the_environment_it_was_given_and_no_more(tmp_path: Path) -> None:
    os.environ["SERVER_SECRET"] = "x"
    try:
        async with attached(tmp_path, environment={"GREETING": "hi"}) as (client, reports, _):
            names = ("GREETING", "SERVER_SECRET", "PYTHONPATH", "JPY_PARENT_PID")
            code = f"import os; [os.environ.get(name) for name in {names}]"
            assert await value_of(client, reports, "a", code) == "['hi', None, None, None]"
            assert await value_of(client, reports, "b", "os.getcwd()") == "'/project'"
    finally:
        del os.environ["SERVER_SECRET"]


async def test_a_folder_with_a_long_path_of_odd_signs_still_gets_its_sockets(tmp_path: Path) -> None:
    deep = tmp_path / ("deep #\\\t" * 20)
    deep.mkdir()
    async with attached(deep) as (client, reports, _):
        assert await value_of(client, reports, "a", "1 + 1") == "2"


async def test_usage_is_measured(kernel: Attached) -> None:
    client, reports, _ = kernel
    client.execute("a", "while True: pass")
    usage = await reports.first(Usage, lambda usage: (usage.cpu or 0) > 0.2)
    assert usage.memory > 10 * 1024 * 1024
    await client.interrupt()


async def test_a_kernel_that_cannot_be_found_is_a_failed_start(tmp_path: Path) -> None:
    async with attached(tmp_path, python="/no/such/python") as (_, reports, __):
        died = await reports.first(Died)
        assert died.cause == "start_failed"
        assert died.reason == "The kernel could not start. There is no Python at /no/such/python."


async def test_a_python_without_ipykernel_is_a_failed_start(tmp_path: Path) -> None:
    bare = tmp_path / "environment" / "bin" / "python"
    bare.parent.mkdir(parents=True)
    (tmp_path / "environment" / "pyvenv.cfg").touch()
    bare.write_text("#!/bin/sh\necho \"ModuleNotFoundError: No module named 'ipykernel'\" >&2\nexit 1\n")
    bare.chmod(0o755)
    async with attached(tmp_path, python=str(bare)) as (_, reports, __):
        died = await reports.first(Died)
        assert (died.cause, died.returncode) == ("start_failed", 1)
        assert "No module named 'ipykernel'" in died.reason
        assert "ipykernel" in died.log_tail


async def test_a_kernel_dies_with_its_supervisor(tmp_path: Path) -> None:
    async with placed(tmp_path) as here:
        reports = Reports()
        client = await here.attach(reports)
        await value_of(client, reports, "a", "1")
        descriptor = os.pidfd_open(kernel_pid(here.handle))
        gone = asyncio.Event()
        asyncio.get_running_loop().add_reader(descriptor, gone.set)
        await here.engine.signal(here.handle, signal.SIGKILL)
        await asyncio.wait_for(gone.wait(), 10)
        asyncio.get_running_loop().remove_reader(descriptor)
        os.close(descriptor)
        assert await reports.lost() == "gone"
        await client.close()
