from loadtest.tally import Account, Tally

MS = 1_000_000


def test_accounts_agree_whatever_the_order() -> None:
    said, heard = Account(), Account()
    said.add([1, 2, 3])
    heard.add([3])
    assert not heard.agrees(said)
    heard.add([1, 2])
    assert heard.agrees(said)


def test_one_lost_and_one_repeated_do_not_cancel_out() -> None:
    said, heard = Account(), Account()
    said.add([1, 2, 3])
    heard.add([1, 3, 3])
    assert not heard.agrees(said)


def test_a_refused_publish_is_not_expected_anywhere() -> None:
    tally, said = Tally(), Account()
    tally.sent(1, 100, 100, said)
    tally.sent(2, 200, 200, said)
    tally.answered(1, "busy", 300)
    assert (said.count, said.checksum) == (1, 200)
    assert tally.errors == {"busy": 1}
    assert tally.unanswered == 1


def test_latencies_count_from_the_due_time() -> None:
    tally, said = Tally(), Account()
    tally.sent(1, 1 * MS, 4 * MS, said)
    tally.arrived([1 * MS], 6 * MS)
    tally.answered(1, None, 11 * MS)
    assert tally.lag.percentiles().max == 3
    assert tally.latency.percentiles().max == 5
    assert tally.ack_latency.percentiles().max == 10


def test_the_warm_up_is_counted_and_not_timed() -> None:
    tally, said = Tally(), Account()
    tally.measure_from_ns = 100
    tally.sent(1, 99, 99, said)
    tally.arrived([99], 500)
    tally.answered(1, None, 500)
    assert (tally.deliveries, tally.acks) == (1, 1)
    assert len(tally.latency) == len(tally.ack_latency) == len(tally.lag) == 0


def test_an_answer_to_nothing_is_an_error() -> None:
    tally = Tally()
    tally.answered(7, None, 0)
    assert sum(tally.errors.values()) == 1
