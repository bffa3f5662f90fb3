from pathlib import Path

import pytest
from msgspec.structs import replace

from loadtest.contest import contest_file
from loadtest.contest.contest_file import ContestFile, Known, joined, read, write
from loadtest.errors import ResultFileError
from tests.loadtest.contest.test_ledger import TRIAL, row

FILE = ContestFile(
    machine={"cpu": "one"},
    setting={"cores": "hub on 0"},
    works={"fanout": "fan-out"},
    contestants={"ws": Known(about="Node ws", versions="ws 8", stores="each, fsync")},
    skipped={"nats": "nats-server is not installed"},
    rows=[row(TRIAL)],
)


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    write(tmp_path / "a.json", FILE)
    assert read(tmp_path / "a.json") == FILE


def test_what_is_no_contest_is_refused_by_its_name(tmp_path: Path) -> None:
    target = tmp_path / "a.json"
    with pytest.raises(ResultFileError, match=r"a\.json: No such file"):
        read(target)
    target.write_text('{"runs": []}')
    with pytest.raises(ResultFileError, match=r"a\.json: no contest"):
        read(target)
    write(target, replace(FILE, schema=99))
    with pytest.raises(ResultFileError, match="has schema 99, and this program reads 1"):
        read(target)
    with pytest.raises(ResultFileError, match="Is a directory"):
        write(tmp_path, FILE)


def test_more_rounds_of_a_row_are_added_to_it_and_new_rows_follow() -> None:
    other = replace(row(TRIAL, contestant="hub"), work="room")
    both = joined(FILE, replace(FILE, works={"room": "one room"}, rows=[row(TRIAL), other]))
    assert [(found.work, found.contestant, len(found.trials)) for found in both.rows] == [
        ("fanout", "ws", 2),
        ("room", "hub", 1),
    ]
    assert both.works == {"fanout": "fan-out", "room": "one room"}


def test_who_takes_part_later_is_skipped_no_more() -> None:
    nats = Known(about="NATS", versions="2", stores="each")
    both = joined(FILE, replace(FILE, contestants={"nats": nats}, skipped={"nchan": "nginx is not installed"}))
    assert set(both.contestants) == {"ws", "nats"}
    assert both.skipped == {"nchan": "nginx is not installed"}


@pytest.mark.parametrize("what", ["machine", "setting"])
def test_what_was_measured_elsewhere_is_never_joined(what: str) -> None:
    with pytest.raises(ResultFileError, match=f"the {what} of the results there is another"):
        joined(FILE, replace(FILE, **{what: {}}))


def test_the_schema_describes_a_row() -> None:
    assert set(contest_file.schema()["$defs"]["Row"]["required"]) == {"work", "contestant", "trials"}
