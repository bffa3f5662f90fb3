from msgspec.structs import replace

from loadtest.contest.table import table
from tests.loadtest.contest.test_ledger import TRIAL, row, us

WORKS = {"fanout": "fan-out 500 × 40/s", "room": "one room of 5"}
STORES = {"hub": "each, fsync", "ws": "each, fsync", "mosquitto": "nothing"}


def cells(text: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[0] == "|"]


def test_medians_stand_beside_their_spread_and_the_ratio_to_the_hub() -> None:
    hub, ws = row(us(10.0), us(20.0), us(12.0), contestant="hub"), row(us(20.0), us(20.0), us(18.0))
    titles, _, of_hub, of_ws = cells(table([hub, ws], WORKS, STORES))
    assert titles[:4] == ["work", "contestant", "µs/delivery", "× hub"]
    assert of_hub[:4] == ["fan-out 500 × 40/s", "hub", "12.0 (10.0…20.0)", "1.00"]
    assert of_ws[:4] == ["fan-out 500 × 40/s", "ws", "20.0 (18.0…20.0)", "1.50"]
    assert of_ws[4:] == ["5,000", "1.0", "3.0 (3.0…3.0)", "40 (40…40)", "20,000", "10", "each, fsync"]


def test_one_round_has_no_spread_and_no_hub_no_ratio() -> None:
    *_, line = cells(table([row(us(10.0))], WORKS, STORES))
    assert line[2:4] == ["10.0", "–"]


def test_too_few_connections_have_no_weight() -> None:
    *_, line = cells(table([row(replace(TRIAL, bytes_per_connection=None))], WORKS, STORES))
    assert line[-2] == "–"


def test_a_row_with_something_off_carries_a_number_and_the_note_below_it() -> None:
    good, bad = row(TRIAL, contestant="hub"), row(replace(TRIAL, stored=399))
    text = table([good, bad], WORKS, STORES)
    assert [line[1] for line in cells(text)[2:]] == ["hub", "ws [1]"]
    assert text.splitlines()[-1] == "[1] fan-out 500 × 40/s, ws: 399 rows of 400 messages"


def test_rows_stand_by_work_however_they_were_appended() -> None:
    other = replace(row(TRIAL), work="room")
    found = cells(table([other, row(TRIAL)], WORKS, STORES))
    assert [line[0] for line in found[2:]] == ["fan-out 500 × 40/s", "one room of 5"]


def test_all_lines_are_equally_wide() -> None:
    text = table([row(us(10.0)), row(us(1_000.0), contestant="mosquitto")], WORKS, STORES)
    assert len({len(line) for line in text.splitlines()}) == 1
