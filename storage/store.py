"""The storage as a whole: opened, used through its ports, closed."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import trio
from sqlalchemy.exc import SQLAlchemyError

from actors.chatpion.ports import KeyLogin
from actors.order.values import Shop
from actors.ports import PortError
from actors.values import BotLog, BotLogin, BotMessage, Who
from storage import sqlite, wall
from storage.accounts import Accounts
from storage.addresses import Addresses
from storage.attachments import Attachments
from storage.bot_files import BotFiles
from storage.bot_settings import BotSettings
from storage.bot_writes import BotWrites
from storage.botlive.assembly import Botlive
from storage.botlive.assembly import assemble as assemble_botlive
from storage.botlive.photos import Photos
from storage.bridge import Bridge, open_bridge
from storage.chatpion.assembly import ChatPion, Means, assemble
from storage.commands import Commands
from storage.database import Database
from storage.errors import StorageError
from storage.expiry import Expiry
from storage.files import Files
from storage.keyring import open_vault
from storage.library import Library
from storage.links import Links
from storage.memo import Memo
from storage.numbers import Numbers, read_numbers
from storage.outbox import Outbox
from storage.persons import People
from storage.presences import Presences
from storage.provisioning import Provisioning
from storage.record_rows import LOGS
from storage.records import BotMessages, Records
from storage.retention import Retention, Term
from storage.schema import migrate
from storage.statements import compiled
from storage.statistics import StorageStatistics
from storage.together import Together
from storage.upkeep import Upkeep
from storage.vault import Vault
from storage.views import Views
from storage.web_sessions import WebSessions
from storage.writer import Report, Writer

DATABASE_FILE = "hubbub.db"
KEY_FILE = "master.key"
FILES_FOLDER = "files"
PHOTOS_FOLDER = "photos"
CLOSE_TIMEOUT_S = 4.0


class Shelf(NamedTuple):
    """Where files are kept, and how large one may be."""

    files: Files
    max_bytes: int
    photos: Photos


class Keep(NamedTuple):
    """How many records each bot keeps, and for how many days."""

    logs: int = 10_000
    log_days: float = 30.0
    messages: int = 10_000
    message_days: float = 30.0


KEEP = Keep()


class Storage:
    """What `open_storage` gives: one attribute a port."""

    def __init__(
        self,
        log: Writer,
        library: Library,
        accounts: Accounts,
        numbers: Numbers,
        provisioning: Provisioning,
        outbox: Outbox,
        addresses: Addresses,
        attachments: Attachments,
        expiry: Expiry,
        links: Links,
        views: Views,
        people: People,
        web_sessions: WebSessions,
        commands: Commands,
        presences: Presences,
        bot_settings: BotSettings,
        bot_logs: Records[BotLog],
        bot_messages: Records[BotMessage],
        bot_files: BotFiles,
        retention: Retention,
        chatpion: ChatPion,
        botlive: Botlive,
        upkeep: Upkeep,
    ) -> None:
        self.log = log
        self.library = library
        self.accounts = accounts
        self.numbers = numbers
        self.provisioning = provisioning
        self.outbox = outbox
        self.addresses = addresses
        self.attachments = attachments
        self.expiry = expiry
        self.links = links
        self.views = views
        self.people = people
        self.web_sessions = web_sessions
        self.commands = commands
        self.presences = presences
        self.bot_settings = bot_settings
        self.bot_logs = bot_logs
        self.bot_messages = bot_messages
        self.bot_files = bot_files
        self.retention = retention
        self.chatpion = chatpion
        self.botlive = botlive
        self._upkeep = upkeep

    def stop(self) -> None:
        """Take no more changes; what was taken still meets its fate. Called at the end of `open_storage`."""
        self._upkeep.stop()
        self.log.stop()

    def health(self) -> str | None:
        """Why the storage takes no writes now, in words for an operator; None when it does."""
        return self.log.health()

    def statistics(self) -> StorageStatistics:
        """Return the counters. Never blocks."""
        return StorageStatistics(
            queued_rows=self.log.queued_rows,
            queue_limit=self.log.queue_limit,
            search_backlog=self._upkeep.backlog,
            failed_commits=self.log.failed_commits,
            batch_rows=self.log.batch_rows,
            commit_s=self.log.commit_s,
        )


@contextlib.asynccontextmanager
async def open_storage(
    directory: Path,
    *,
    report: Report,
    key_file: Path | None = None,
    batch_rows: int = 2_000,
    busy_timeout_ms: int = 300,
    commit_delay_s: float = 0.0,
    max_upload_bytes: int = 26_214_400,
    keep: Keep = KEEP,
    now_ms: Callable[[], int] = wall.now_ms,
) -> AsyncIterator[Storage]:
    """Open the database in `directory` (which the caller holds), bring it to this version's schema, and serve it.

    `report(conv, notice)` runs in the trio thread, in order for each conversation, for everything that `log.submit`
    took. `key_file` holds the master keys; without it they are in the directory, and made with the database. A commit
    takes at most about `batch_rows` rows; a database that another process has locked fails a commit after
    `busy_timeout_ms`; an upload has `max_upload_bytes` at most; bots `keep` so many
    records; web sessions end, and records age, by `now_ms`. Every commit takes `commit_delay_s` more, for tests of
    those who measure. Raises `StorageError`. At the end of the block
    everything that was taken is committed, or failed and reported, and the database is closed; that takes 5 s at most,
    whatever the disk does.

    Under pytest-trio's autojump clock waiting for the database looks like idling: use a real clock.
    """
    async with open_database(directory, busy_timeout_ms=busy_timeout_ms) as (bridge, database):
        # The keys come last: a database that cannot be used gets none.
        keys = key_file or directory / KEY_FILE
        try:
            vault = await open_vault(bridge, database, keys, may_make=key_file is None)
        except PortError as error:
            raise StorageError(f"{directory / DATABASE_FILE}: {error}") from error
        files = Files(directory / FILES_FOLDER)
        try:
            await trio.to_thread.run_sync(files.prepare)
        except OSError as error:
            raise StorageError(f"{directory / FILES_FOLDER}: {error.strerror}") from error
        shelf = Shelf(files, max_upload_bytes, Photos(directory / PHOTOS_FOLDER))
        storage = await _assemble(bridge, database, vault, report, batch_rows, commit_delay_s, shelf, keep, now_ms)
        try:
            yield storage
        finally:
            storage.stop()


@contextlib.asynccontextmanager
async def open_database(directory: Path, *, busy_timeout_ms: int = 300) -> AsyncIterator[tuple[Bridge, Database]]:
    """Open the database in `directory`, at this version's schema, and close it within 5 s. Raises `StorageError`."""
    path = directory / DATABASE_FILE
    async with open_bridge() as bridge:
        database = Database(path, busy_timeout_ms=busy_timeout_ms)
        try:
            try:
                sqlite.make_private(path)
                await bridge.call(database.open)
                await bridge.call(lambda: database.write(lambda connection: connection.run_sync(migrate)))
            except (OSError, SQLAlchemyError, sqlite3.Error, PortError) as error:
                raise StorageError(f"{path}: {sqlite.trouble(error) or error}") from error
            yield bridge, database
        finally:
            with trio.move_on_after(CLOSE_TIMEOUT_S, shield=True):
                await bridge.call(bridge.idle)
                await bridge.call(database.close)


async def _assemble(
    bridge: Bridge,
    database: Database,
    vault: Vault,
    report: Report,
    batch_rows: int,
    commit_delay_s: float,
    shelf: Shelf,
    keep: Keep,
    now_ms: Callable[[], int],
) -> Storage:
    wording = sqlite.SqliteWording()
    sql = compiled(database.dialect, wording)
    numbers = await bridge.call(lambda: database.read(read_numbers))
    upkeep = Upkeep(bridge, database)
    await bridge.call(upkeep.prepare)
    rooms: Memo[Who, Sequence[int]] = Memo()
    logins: Memo[bytes, BotLogin] = Memo()
    keys: Memo[bytes, KeyLogin] = Memo()
    shops: Memo[str, Shop] = Memo()
    log = Writer(
        bridge, database, sql, report, upkeep.committed, rooms.changed, batch_rows=batch_rows, delay_s=commit_delay_s
    )
    bridge.post(bridge.spawn, log.run)
    bridge.post(bridge.spawn, upkeep.run)
    addresses = Addresses(database)
    await bridge.call(addresses.refresh)
    writes = BotWrites(bridge, database, addresses, logins)
    accounts = Accounts(bridge, database, vault, logins, writes)
    turn = trio.Lock()
    together = Together(database)
    means = Means(bridge, database, together, vault, numbers, sql, wording, rooms, keys, addresses.refresh)
    chatpion = assemble(means)
    botlive = assemble_botlive(means, chatpion.wakes, shelf.photos, shops)
    logs = Records(bridge, database, together, wording, LOGS, keep.logs)
    messages = BotMessages(bridge, database, together, wording, keep.messages)
    return Storage(
        log=log,
        library=Library(bridge, database, wording, rooms),
        accounts=accounts,
        numbers=numbers,
        provisioning=Provisioning(
            bridge, database, vault, numbers, sql, addresses, [rooms, logins, keys, shops], botlive.rows
        ),
        outbox=Outbox(bridge, database, accounts),
        addresses=addresses,
        attachments=Attachments(bridge, database, shelf.files, max_bytes=shelf.max_bytes, turn=turn),
        expiry=Expiry(bridge, database, shelf.files, turn=turn),
        links=Links(vault),
        views=Views(bridge, database, wording),
        people=People(bridge, database, numbers, writes),
        web_sessions=WebSessions(bridge, database, vault, now_ms),
        commands=Commands(bridge, database, together, wording),
        presences=Presences(bridge, database, together),
        bot_settings=BotSettings(bridge, database, together, addresses),
        bot_logs=logs,
        bot_messages=messages,
        bot_files=BotFiles(bridge, database, together),
        retention=Retention([Term(logs, keep.log_days), Term(messages, keep.message_days)], now_ms),
        chatpion=chatpion,
        botlive=botlive,
        upkeep=upkeep,
    )
