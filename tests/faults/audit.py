"""Holds what clients saw and were told against what is stored, and counts where a promise was broken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields

from tests.faults.diary import Diary, Fact, Frame, Seen, fact_of
from tests.faults.stored import StoredLog


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """How often what was broken.

    `lost`: acknowledged, and not stored as it was acknowledged. `duplicated`: seen twice by one client, or one `cid`
    stored twice. `holes`: in what a client saw without being told of a gap, in what is stored, or in what `history`
    shows. `vanished`: seen by somebody, and not stored like that, at that place; so 0 means one order for all.
    `unanswered`: sent again and again, and never answered. `behind`: clients that never came to the end of a log.
    `contradicted`: answers and refusals that must not be.
    """

    lost: int
    duplicated: int
    holes: int
    vanished: int
    unanswered: int
    behind: int
    contradicted: int

    @property
    def clean(self) -> bool:
        """Whether every promise was kept."""
        return not any(getattr(self, each.name) for each in fields(self))

    def __str__(self) -> str:
        return ", ".join(f"{getattr(self, each.name)} {each.name}" for each in fields(self))


def judge(
    diaries: Iterable[Diary], logs: Mapping[int, StoredLog], histories: Mapping[int, list[Frame]]
) -> tuple[Verdict, list[str]]:
    """Return the verdict, and the first few reasons for a bad one. `logs` and `histories` are by conversation."""
    count: Counter[str] = Counter()
    reasons: list[str] = []
    for diary in diaries:
        _judge_diary(diary, logs, count, reasons)
    for conv, log in logs.items():
        count["holes"] += log.holes()
        count["duplicated"] += log.twice
        _judge_history(log, histories.get(conv), count, reasons)
    verdict = Verdict(**{each.name: count[each.name] for each in fields(Verdict)})
    return verdict, reasons[:20]


def _judge_diary(diary: Diary, logs: Mapping[int, StoredLog], count: Counter[str], reasons: list[str]) -> None:
    count["unanswered"] += len(diary.waiting)
    count["contradicted"] += len(diary.contradictions) + len(diary.refusals)
    reasons += [*diary.contradictions, *map(str, diary.refusals)]
    facts = {conv: log.facts for conv, log in logs.items()}
    for cid, receipt in diary.receipts.items():
        stored = facts[receipt.conv].get(receipt.seq)
        if stored is None or (stored.id, stored.at, stored.cid) != (receipt.id, receipt.at, cid):
            count["lost"] += 1
            reasons.append(f"{cid} was acknowledged as {receipt}, and stored is {stored}")
    for change in diary.changes:
        stored = facts[change.conv].get(change.seq)
        if stored is None or (stored.type, stored.id) != (change.type, change.id):
            count["lost"] += 1
            reasons.append(f"{change} was acknowledged, and stored is {stored}")
    for conv, seen in diary.seen.items():
        _judge_seen(seen, logs[conv], count, reasons)


def _judge_seen(seen: Seen, log: StoredLog, count: Counter[str], reasons: list[str]) -> None:
    count["holes"] += seen.holes + seen.resets
    count["duplicated"] += seen.repeats
    count["behind"] += seen.last != log.head
    facts = log.facts
    for seq, fact in seen.facts.items():
        if not same(fact, facts.get(seq)):
            count["vanished"] += 1
            reasons.append(f"seen as {seq}: {fact}; stored: {facts.get(seq)}")


def _judge_history(log: StoredLog, history: list[Frame] | None, count: Counter[str], reasons: list[str]) -> None:
    if history is None:
        return
    shown = [(frame["seq"], fact_of({**frame, "t": "message"})) for frame in history]
    stored = [(seq, fact) for seq, fact in log.rows if fact.type == "message"]
    if [(seq, fact.id, fact.cid) for seq, fact in shown] != [(seq, fact.id, fact.cid) for seq, fact in stored]:
        count["holes"] += 1
        reasons.append(f"history shows {len(shown)} messages, stored are {len(stored)}")


def same(seen: Fact, stored: Fact | None) -> bool:
    """Whether it is the same event; a text that was changed since says nothing."""
    if stored is None:
        return False
    if seen.text is None or stored.text is None:
        return seen[:-1] == stored[:-1]
    return seen == stored
