"""What a scenario file may say, and how one is told that says something else."""

import pytest

from loadtest import scenario_file
from loadtest.bot_load import BotLoad
from loadtest.errors import ScenarioError, UsageError
from loadtest.idle_sessions import IdleSessions
from loadtest.results import Aim
from loadtest.room_load import RoomLoad
from loadtest.scenario_file import Load
from loadtest.specs import AnySpec

TALK = 'kind = "talk"\nrate_per_s = 40\n'


def read(text: str, *changes: str) -> AnySpec:
    return scenario_file.check("mine", scenario_file.table("mine", text, changes))


def load(text: str, *changes: str) -> Load:
    return scenario_file.load("mine", read(text, *changes))


def refusal(text: str, *changes: str) -> str:
    with pytest.raises(UsageError) as caught:
        read(text, *changes)
    return str(caught.value)


def test_a_talk_becomes_rooms_with_a_rate() -> None:
    room = load(
        TALK + 'rooms = 2\nmembers = 5\n[aims]\n"latency.p99" = { at_most = 50 }\nacked_per_s = { at_least = 39 }'
    )
    assert isinstance(room, RoomLoad)
    assert (room.name, room.sizes, room.senders, room.rate_per_s) == ("mine", (5, 5), 5, 40.0)
    assert room.aims == {"latency.p99": Aim(value=50.0), "acked_per_s": Aim(value=39.0, at_least=True)}


def test_the_hubs_settings_become_its_variables() -> None:
    room = load(TALK + "[settings]\ncoalesce_ms = 0\ntrusted = true\n")
    assert room.settings == {"HUBBUB_COALESCE_MS": "0", "HUBBUB_TRUSTED": "true"}


def test_bots_keep_their_own_settings_beside_the_given_ones() -> None:
    bots = load('kind = "bots"\nrate_per_s = 10\n[settings]\ncoalesce_ms = 1\n')
    assert isinstance(bots, BotLoad)
    assert bots.settings == {"HUBBUB_AURORIALINK_RATE": "1000000", "HUBBUB_COALESCE_MS": "1"}


def test_idle_sessions_come_after_a_tenth_that_warms_the_hub() -> None:
    idle = load('kind = "idle"\nsessions = 300\n')
    assert isinstance(idle, IdleSessions)
    assert (idle.sessions, idle.first) == (300, 30)


def test_a_hub_has_room_for_as_many_idle_sessions_as_there_are_to_be() -> None:
    idle = load('kind = "idle"\nsessions = 18000\n')
    assert isinstance(idle, IdleSessions)
    assert idle.first + idle.sessions == 18_500
    assert int(idle.settings["HUBBUB_MAX_CONNECTIONS"]) >= 18_500
    assert int(idle.settings["HUBBUB_MAX_CONNECTIONS_PER_ADDRESS"]) >= 18_500
    few = load('kind = "idle"\nsessions = 18000\nsettings = { max_connections = 7 }\n')
    assert few.settings["HUBBUB_MAX_CONNECTIONS"] == "7"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (TALK + "membres = 3", "mine: membres: unknown key; the nearest one is members"),
        (
            TALK + '[aims]\n"latency.p98" = { at_most = 1 }',
            "mine: latency.p98: no such metric; the nearest one is latency.p",
        ),
        (
            TALK + '[aims]\n"latency.p99" = { atmost = 1 }',
            "mine: aims.latency.p99.atmost: unknown key; the nearest one is",
        ),
        (TALK + '[aims]\n"latency.p99" = {}', "mine: aims.latency.p99: expected one of at_most and at_least"),
        ("rate_per_s = 1", "mine: kind: is missing; there are talk, bots, idle"),
        ('kind = "tlak"', "mine: kind: is tlak; there are talk"),
        ('kind = "talk"', "missing required field `rate_per_s`"),
        (TALK + "rooms = 0", "`int` >= 1 - at `$.rooms`"),
        (TALK + 'rooms = "many"', "`$.rooms`"),
        (TALK + 'conversation = "direct"\nmembers = 3', "members: a direct conversation has two"),
        (TALK + 'hear = "others"', "senders: with hear"),
        ("kind =", "mine: Invalid value"),
    ],
)
def test_what_is_wrong_is_told_by_its_name(text: str, says: str) -> None:
    assert says in refusal(text)


def test_the_command_line_changes_keys_and_those_of_tables() -> None:
    room = load(TALK, "rate_per_s=100", "settings.coalesce_ms=2.5", "aims.acks.p99={ at_most = 3 }")
    assert (room.rate_per_s if isinstance(room, RoomLoad) else None) == 100.0
    assert room.settings == {"HUBBUB_COALESCE_MS": "2.5"}
    assert room.aims == {"acks.p99": Aim(value=3.0)}


def test_a_value_that_is_no_toml_is_a_word() -> None:
    room = load(TALK, "conversation=open")
    assert isinstance(room, RoomLoad)
    assert room.conversation == "open"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("rate_per_s", "expected KEY=VALUE"),
        ("membres=3", "the nearest one is members"),
        ("kind.x=3", "kind has no keys"),
    ],
)
def test_a_change_is_checked_like_the_file(change: str, says: str) -> None:
    assert says in refusal(TALK, change)


@pytest.mark.parametrize("name", scenario_file.built_in())
def test_what_is_shipped_can_be_run_and_says_what_it_is_about(name: str) -> None:
    name, text = scenario_file.find(name)
    spec = scenario_file.check(name, scenario_file.table(name, text))
    assert spec.about
    assert scenario_file.load(name, spec).provision()["users"]


def test_a_scenario_that_is_not_shipped_is_told_the_nearest() -> None:
    with pytest.raises(ScenarioError, match="no scenario fanuot; the nearest one is fanout"):
        scenario_file.find("fanuot")


def test_a_file_that_cannot_be_read_is_named() -> None:
    with pytest.raises(ScenarioError, match=r"nowhere\.toml"):
        scenario_file.find("nowhere.toml")
