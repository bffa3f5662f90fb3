import io

from loadtest.progress import line, shown_on
from tests.loadtest.test_readings import START

LATER = START._replace(at=102.0, sent=80, acks=80, deliveries=40_000, hub_user_s=1.5, hub_bytes=100 * 2**20)


def test_the_line_tells_how_far_it_is_and_the_rates_of_the_last_stretch() -> None:
    last = LATER._replace(at=105.0, sent=200, acks=200, deliveries=100_000, own_cpu_s=1.3)
    assert line([START, LATER, last], 10.0) == (
        "[##########----------]   5/10 s  sent 40/s  acknowledged 40/s  delivered 20,000/s  "
        "hub 0%, 100 MB  generator 10%"
    )


def test_a_run_that_takes_longer_never_overflows_its_bar() -> None:
    assert line([START, LATER], 1.0).startswith(f"[{'#' * 20}]")


def test_what_is_no_terminal_gets_a_line_each_time() -> None:
    stream = io.StringIO()
    shown_on(stream, 10.0)([START, LATER])
    assert stream.getvalue().endswith("\n")
    assert "\r" not in stream.getvalue()
