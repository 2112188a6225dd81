"""What people are told that a restart would bring: all of it, once, for as long as the kernel lives."""

from __future__ import annotations

from collab.wire import LoadedVersion, RestartAdvised
from server.sessions.asides import Asides


def test_advice_gathers_until_the_kernel_is_another_one() -> None:
    asides = Asides()
    assert asides.advise([]) is None
    first = asides.advise([LoadedVersion("a", "1", "2")])
    assert first == RestartAdvised([LoadedVersion("a", "1", "2")])
    assert asides.advise([LoadedVersion("a", "1", "2")]) is None
    both = asides.advise([LoadedVersion("a", "2", "3"), LoadedVersion("Python", "3.11.7", "3.12.1")])
    assert both is not None
    assert both.packages == [LoadedVersion("a", "1", "3"), LoadedVersion("Python", "3.11.7", "3.12.1")]
    assert asides.advice == both
    assert asides.forget()
    assert not asides.forget()
    assert asides.advice is None


def test_what_is_back_at_what_is_loaded_needs_no_restart() -> None:
    asides = Asides()
    asides.advise([LoadedVersion("a", "1", "2")])
    assert asides.advise([LoadedVersion("a", "2", "1")]) == RestartAdvised([])
    assert asides.advice is None
