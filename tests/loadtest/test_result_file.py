import json
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from loadtest import result_file
from loadtest.errors import ResultFileError
from loadtest.result_file import ResultFile, joined, read, write
from tests.loadtest.test_report import GOOD, IDLE

FILE = ResultFile(
    name="fanout",
    scenario={"kind": "talk", "rate_per_s": 40},
    machine={"cpu": "one"},
    setting={"cores": "hub on 0"},
    began=["2030-01-01T00:00:00+00:00"],
    runs=[GOOD],
)


@pytest.mark.parametrize("run", [GOOD, IDLE])
def test_what_was_written_is_read_again(tmp_path: Path, run: msgspec.Struct) -> None:
    content = replace(FILE, runs=[run])
    write(tmp_path / "a.json", content)
    assert read(tmp_path / "a.json") == content


def test_a_file_tells_the_verdict_of_every_run(tmp_path: Path) -> None:
    write(tmp_path / "a.json", replace(FILE, runs=[GOOD, replace(GOOD, generator_cpu_share=0.99)]))
    found = json.loads((tmp_path / "a.json").read_text())["runs"]
    assert [run["verdict"] for run in found] == ["passed", "saturated"]
    assert found[1]["saturated"] == "it used 99% of its core"


def test_what_is_no_result_file_is_refused_by_its_name(tmp_path: Path) -> None:
    target = tmp_path / "a.json"
    with pytest.raises(ResultFileError, match=r"a\.json: No such file"):
        read(target)
    target.write_text('{"results": []}')
    with pytest.raises(ResultFileError, match=r"a\.json: no results"):
        read(target)


def test_a_file_of_another_schema_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "a.json", replace(FILE, schema=99))
    with pytest.raises(ResultFileError, match="has schema 99, and this program reads 1"):
        read(tmp_path / "a.json")


def test_runs_of_the_same_work_on_the_same_machine_are_joined() -> None:
    both = joined(FILE, replace(FILE, began=["later"], runs=[replace(GOOD, seconds=3.0)]))
    assert both.began == [*FILE.began, "later"]
    assert [run.seconds for run in both.runs if run != IDLE and hasattr(run, "seconds")] == [10.0, 3.0]


@pytest.mark.parametrize(("what", "value"), [("name", "direct"), ("scenario", {}), ("machine", {"cpu": "two"})])
def test_runs_of_other_work_or_elsewhere_are_never_joined(what: str, value: object) -> None:
    with pytest.raises(ResultFileError, match=f"the {what} of the results there is another"):
        joined(FILE, replace(FILE, **{what: value}))


def test_the_schema_describes_both_kinds_of_run() -> None:
    runs = result_file.schema()["$defs"]["ResultFile"]["properties"]["runs"]["items"]
    assert set(runs["discriminator"]["mapping"]) == {"load", "idle"}
