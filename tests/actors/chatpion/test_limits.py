"""What keys may do in a minute and in a day, against a list of all that was accepted."""

from hypothesis import given, settings
from hypothesis import strategies as st

from actors.chatpion.limits import DAY_MS, GRAIN_MS, MINUTE_MS, Allowed, Limits, Refused, Used, take

LIMITS = Limits(per_minute=3, per_day=5)
limits = st.builds(Limits, st.integers(1, 4), st.integers(1, 8))
steps = st.lists(st.sampled_from((0, 1, 999, 20_000, 59_999, 60_000, 60_001, DAY_MS // 3)), max_size=40)


def taken(used: Used, times: list[int], allowed: Limits = LIMITS) -> tuple[Used, list[Allowed | Refused]]:
    verdicts = []
    for now in times:
        used, verdict = take(used, allowed, now)
        verdicts.append(verdict)
    return used, verdicts


@given(limits, st.integers(0, 2 * DAY_MS), steps)
def test_no_minute_and_no_day_has_more_than_its_limit(allowed: Limits, now: int, waits: list[int]) -> None:
    used, accepted = Used(), list[int]()
    for wait in waits:
        now += wait
        used, verdict = take(used, allowed, now)
        in_minute = [at for at in accepted if at > now - MINUTE_MS]
        in_day = [at for at in accepted if at // DAY_MS == now // DAY_MS]
        has_room = len(in_minute) < allowed.per_minute and len(in_day) < allowed.per_day
        assert isinstance(verdict, Allowed) is has_room
        accepted += [now] if has_room else []


@given(limits, st.integers(0, 2 * DAY_MS), steps)
def test_a_refused_one_passes_when_it_is_said_to_and_not_before(allowed: Limits, now: int, waits: list[int]) -> None:
    used = Used()
    for wait in waits:
        now += wait
        used, verdict = take(used, allowed, now)
        if isinstance(verdict, Refused):
            assert verdict.retry_ms >= 1
            assert verdict.remaining == 0
            assert verdict.reset_at == now + verdict.retry_ms
            assert isinstance(take(used, allowed, now + verdict.retry_ms)[1], Allowed)
            assert isinstance(take(used, allowed, now + verdict.retry_ms - 1)[1], Refused)


def test_what_is_told_is_of_the_limit_that_is_nearer() -> None:
    day = 10 * DAY_MS
    _, told = taken(Used(), [day, day + 1, day + 2, day + 3])
    assert told == [
        Allowed(3, 2, day + MINUTE_MS),
        Allowed(3, 1, day + MINUTE_MS),
        Allowed(3, 0, day + MINUTE_MS),
        Refused(3, 0, day + MINUTE_MS, MINUTE_MS - 3),
    ]
    later = day + 2 * MINUTE_MS
    _, told = taken(Used((), 10, 3), [later, later + 1, later + 2])
    assert told == [
        Allowed(5, 1, day + DAY_MS),
        Allowed(5, 0, day + DAY_MS),
        Refused(5, 0, day + DAY_MS, day + DAY_MS - later - 2),
    ]


def test_a_day_begins_at_midnight() -> None:
    used, _ = taken(Used(), [DAY_MS - 3 * MINUTE_MS] * 3 + [DAY_MS - MINUTE_MS] * 2)
    assert isinstance(take(used, LIMITS, DAY_MS - 1)[1], Refused)
    assert isinstance(take(used, LIMITS, DAY_MS)[1], Allowed)


def test_a_clock_that_goes_back_frees_nothing_and_holds_nobody_up_for_more_than_a_minute() -> None:
    used, _ = taken(Used(), [DAY_MS + 500_000] * 3)
    back = DAY_MS + 100_000
    used, (refused,) = taken(used, [back])
    assert isinstance(refused, Refused)
    assert refused.retry_ms <= MINUTE_MS
    assert isinstance(take(used, LIMITS, back + MINUTE_MS)[1], Allowed)


def test_a_limit_that_was_lowered_waits_for_as_many_as_are_over() -> None:
    used, _ = taken(Used(), [0, 10, 20])
    _, refused = take(used, Limits(1, 5), 30)
    assert refused == Refused(1, 0, 20 + MINUTE_MS, MINUTE_MS - 10)


@settings(max_examples=20)
@given(st.lists(st.tuples(st.integers(0, 20_000), st.integers(1, 500)), min_size=1, max_size=30))
def test_a_high_limit_is_kept_as_well_by_few_numbers(bursts: list[tuple[int, int]]) -> None:
    allowed, used, now, accepted = Limits(1_100, 10**6), Used(), 0, list[int]()
    for wait, count in bursts:
        now += wait
        for _ in range(count):
            used, verdict = take(used, allowed, now)
            if isinstance(verdict, Allowed):
                accepted.append(now)
            else:
                assert isinstance(take(used, allowed, now + verdict.retry_ms)[1], Allowed)
        assert sum(at > now - MINUTE_MS for at in accepted) <= 1_100
        assert len(used.recent) <= MINUTE_MS // GRAIN_MS + 1
