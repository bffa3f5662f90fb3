import msgspec
import pytest
from msgspec.structs import replace

from loadtest.marks import Mark
from loadtest.outcome import problems
from loadtest.readings import points
from loadtest.recorder import Recorder
from loadtest.share import Heard, Share, merged, total
from loadtest.tally import MODULUS, Account, Sum
from tests.loadtest.test_readings import START

MS = 1_000_000


def account(*stamps: int) -> Sum:
    found = Account()
    found.add(list(stamps))
    return found.sum()


class Process:
    """One process' measured phase, told second by second."""

    def __init__(self, core: int = 1) -> None:
        self.core = core
        self.latency = Recorder()
        self.marks = [Mark(0, START)]

    def second(self, number: int, *latencies_ms: int, cpu_s: float = 0.0) -> None:
        self.latency.extend(value * MS for value in latencies_ms)
        last = self.marks[-1].reading
        reading = last._replace(
            at=START.at + number,
            own_cpu_s=last.own_cpu_s + cpu_s,
            deliveries=last.deliveries + len(latencies_ms),
            latencies=len(self.latency),
        )
        self.marks.append(Mark(number, reading))

    def share(self, *rooms: Heard, **more: object) -> Share:
        whole = Share(
            core=self.core,
            marks=self.marks,
            latency=self.latency.packed(),
            acks=b"",
            lag=b"",
            turns=b"",
            rooms=list(rooms),
            errors={},
            unanswered=0,
            lost=[],
        )
        return replace(whole, **more)


def quiet(*rooms: Heard, **more: object) -> Share:
    process = Process()
    process.second(1)
    return process.share(*rooms, **more)


def test_every_second_holds_what_all_processes_saw_in_it() -> None:
    a, b = Process(), Process()
    a.second(1, 1, 2)
    b.second(1, 30)
    a.second(2, 4)
    b.second(2, 500, 600)
    whole = merged([a.share(), b.share()])
    first, second = points(whole.readings, whole.latency)
    assert (first.deliveries_per_s, first.p50_ms, first.max_ms) == (3.0, 2.0, 30.0)
    assert (second.deliveries_per_s, second.p50_ms, second.max_ms) == (3.0, 500.0, 600.0)


def test_percentiles_are_those_that_one_process_would_have_found() -> None:
    a, b, alone = Process(), Process(), Recorder()
    a.second(1, *range(1, 100, 2))
    b.second(1, *range(2, 101, 2), 900)
    alone.extend(value * MS for value in (*range(1, 101), 900))
    assert merged([a.share(), b.share()]).latency.percentiles() == alone.percentiles()


def test_what_came_before_the_first_reading_and_after_the_last_counts_too() -> None:
    process = Process()
    process.latency.add(7 * MS)
    process.marks[0] = Mark(0, START._replace(latencies=1))
    process.second(1, 3)
    process.latency.add(9 * MS)
    whole = merged([process.share(), quiet()])
    assert whole.latency.percentiles().count == 3
    assert points(whole.readings, whole.latency)[0].max_ms == 3


def test_a_second_that_one_was_too_busy_to_mark_is_told_with_the_next() -> None:
    a, b = Process(), Process()
    for number in (1, 2, 3):
        a.second(number, number)
    b.second(2, 40)
    b.second(4, 50)
    whole = merged([a.share(), b.share()])
    assert [point.deliveries_per_s * (2, 1)[n] for n, point in enumerate(points(whole.readings, whole.latency))] == [
        3,
        2,
    ]
    assert len(whole.readings) == 3


def test_the_hub_is_counted_once() -> None:
    process = Process()
    process.second(1)
    other = Process()
    other.marks = [
        Mark(0, START._replace(hub_user_s=0.0, hub_bytes=0)),
        Mark(1, START._replace(hub_user_s=0.0, hub_bytes=0)),
    ]
    assert merged([process.share(), other.share()]).readings[-1].hub_user_s == START.hub_user_s


def test_a_session_must_get_what_any_process_said() -> None:
    a = Heard(said=account(1, 3), heard=[account(1, 2, 3)])
    b = Heard(said=account(2), heard=[account(3, 2, 1), account(1, 2)])
    whole = merged([quiet(a), quiet(b)])
    assert (whole.published, whole.expected, whole.delivered) == (3, 9, 8)
    assert problems(whole) == ["1 of 3 sessions did not get each message once"]


def test_one_lost_and_one_repeated_are_found_across_processes() -> None:
    a = Heard(said=account(1, 2), heard=[account(2, 2, 3)])
    b = Heard(said=account(3), heard=[])
    assert merged([quiet(a), quiet(b)]).incomplete == 1


def test_what_each_must_get_is_the_sum_of_what_all_said() -> None:
    assert total([[account(1), account()], [account(2), account(5)]]) == [account(1, 2), account(5)]


def test_sums_fit_into_a_message_however_long_the_run() -> None:
    late = account(*[2**63] * 5)
    assert late == Sum(5, 5 * 2**63 % MODULUS)
    assert Sum.of([late, late]) == account(*[2**63] * 10)
    whole = quiet(Heard(said=late, heard=[late]))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(whole), type=Share) == whole


def test_faults_of_all_processes_are_told_together() -> None:
    a = quiet(errors={"busy": 2}, unanswered=1, lost=["closed by the hub"])
    b = quiet(errors={"busy": 1, "late": 1}, unanswered=2, lost=["closed by the hub"])
    assert problems(merged([a, b])) == [
        "connection lost: closed by the hub",
        "3 publishes answered busy",
        "1 publishes answered late",
        "3 publishes never answered",
    ]


@pytest.mark.parametrize(("cores", "shares"), [((1, 1), (0.75, 0.75)), ((1, 2), (0.25, 0.5))])
def test_a_core_is_used_by_all_that_run_on_it(cores: tuple[int, int], shares: tuple[float, float]) -> None:
    processes = [Process(core) for core in cores]
    processes[0].second(1, cpu_s=0.25)
    processes[1].second(1, cpu_s=0.5)
    whole = merged([process.share() for process in processes])
    assert tuple(worker.core_share for worker in whole.workers) == pytest.approx(shares)
