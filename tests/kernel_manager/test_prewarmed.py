"""Which kernels wait warm: where people are at work, for them alone, never more than there may be."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kernel_manager.prewarmed import IDLE_S, SCARCE, SHORT, Plan, Waiting, Wish, plan

NOW = 10_000.0


def decide(
    *wishes: Wish, waiting: tuple[Waiting, ...] = (), each: int = 1, most: int = 8, free: float = 0.5
) -> Plan:
    return plan(wishes, waiting, each=each, most=most, now=NOW, free=free)


def test_a_project_gets_one_for_the_machine_of_whoever_moved_last() -> None:
    decided = decide(Wish("p", "small", NOW - 9), Wish("p", "large", NOW - 1))
    assert decided == Plan((), (("p", "large"),))


def test_two_people_with_different_machines_do_not_end_each_others_kernels() -> None:
    waiting = (Waiting("k", "p", "small"),)
    decided = decide(Wish("p", "small", NOW - 9), Wish("p", "large", NOW - 1), waiting=waiting)
    assert decided == Plan((), ())


def test_a_kernel_ends_when_nobody_has_moved_for_a_while_or_nobody_would_get_its_machine() -> None:
    waiting = (Waiting("idle", "p", "small"), Waiting("other", "q", "small"))
    decided = decide(Wish("p", "small", NOW - IDLE_S), Wish("q", "large", NOW), waiting=waiting)
    assert decided == Plan(("idle", "other"), (("q", "large"),))


def test_the_projects_at_work_last_get_what_the_site_has_room_for() -> None:
    wishes = [Wish(f"p{age}", "small", NOW - age) for age in (3, 1, 2)]
    assert decide(*wishes, most=2).warm == (("p1", "small"), ("p2", "small"))
    waiting = (Waiting("k3", "p3", "small"),)
    assert decide(*wishes, most=2, waiting=waiting).end == ("k3",)


def test_while_memory_is_scarce_nothing_is_warmed_and_when_it_is_short_nothing_stays() -> None:
    wishes, waiting = (Wish("p", "small", NOW), Wish("q", "small", NOW)), (Waiting("k", "p", "small"),)
    assert decide(*wishes, waiting=waiting, free=SCARCE - 0.01) == Plan((), ())
    assert decide(*wishes, waiting=waiting, free=SHORT - 0.01) == Plan(("k",), ())


projects, machines = st.sampled_from("pqr"), st.sampled_from("sl")


@given(
    st.lists(st.builds(Wish, projects, machines, st.floats(NOW - 2 * IDLE_S, NOW)), max_size=6),
    st.lists(st.tuples(projects, machines), max_size=6),
    st.integers(0, 3),
    st.integers(0, 4),
)
def test_never_more_than_there_may_be_and_only_for_who_was_active(
    wishes: list[Wish], given_waiting: list[tuple[str, str]], each: int, most: int
) -> None:
    waiting = [Waiting(str(number), *one) for number, one in enumerate(given_waiting)]
    decided = plan(wishes, waiting, each=each, most=most, now=NOW, free=1.0)
    after = [(one.project, one.hardware) for one in waiting if one.id not in decided.end] + [*decided.warm]
    active = {(wish.project, wish.hardware) for wish in wishes if NOW - wish.at < IDLE_S}
    assert len(after) <= most
    assert all(sum(one[0] == project for one in after) <= each for project in "pqr")
    assert set(after) <= active
    assert len(after) == min(most, each * len({project for project, _ in active}))
    again = plan(
        wishes,
        [Waiting(str(number), *one) for number, one in enumerate(after)],
        each=each,
        most=most,
        now=NOW,
        free=1.0,
    )
    assert again == Plan((), ()), "what is as it should be stays so"
