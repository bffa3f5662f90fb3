from loadtest.marks import Marks
from loadtest.pacer import NS
from loadtest.readings import Reading
from tests.loadtest.test_readings import START


class Counters:
    """Counters that grow by one each time they are read."""

    def __init__(self) -> None:
        self.reads = 0

    def __call__(self) -> Reading:
        self.reads += 1
        return START._replace(sent=self.reads)


def seconds(marks: Marks) -> list[int]:
    return [mark.second for mark in marks.taken]


def test_each_second_is_read_once_when_it_has_begun() -> None:
    counters = Counters()
    marks = Marks(5 * NS, 9 * NS, counters)
    assert marks.look(6 * NS - 1) is None
    assert marks.look(6 * NS) == START._replace(sent=2)
    assert marks.look(6 * NS + NS // 2) is None
    assert marks.look(7 * NS) is not None
    assert (seconds(marks), counters.reads) == ([0, 1, 2], 3)


def test_what_was_missed_stays_missing() -> None:
    marks = Marks(0, 9 * NS, Counters())
    marks.look(4 * NS + 1)
    assert seconds(marks) == [0, 4]


def test_the_end_is_read_once_however_late_it_is() -> None:
    counters = Counters()
    marks = Marks(0, 2 * NS, counters)
    marks.look(NS)
    assert marks.look(2 * NS) is None
    assert marks.look(7 * NS) is None
    assert [(mark.second, mark.reading.sent) for mark in marks.end()] == [(0, 1), (1, 2), (2, 3)]
