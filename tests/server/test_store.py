"""Documents in SQL, and migrations: the same rules on SQLite and on PostgreSQL, and in memory."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text, update

from collab.ids import NotebookId, ProjectId, UserId, new_id
from collab.store import Document, DocumentStore, HistoryId, LoadedDocument, MemoryStore, StoredUpdate
from server.db import migrate as migrations
from server.db.documents import SqlDocumentStore
from server.db.engine import Database
from server.db.migrate import HEAD, NewerDatabase, migrate
from server.db.prepared import Execute
from server.db.repositories import notebooks, people, projects
from server.db.tables import Table
from server.db.texts import SqlTextStore
from server.refusals import Refusal
from server.tasks import Tasks

POSTGRES = os.environ.get("COMMONBOOK_TEST_POSTGRES", "postgresql://root@127.0.0.1:5432")

KINDS = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@asynccontextmanager
async def empty_database(kind: str, folder: Path) -> AsyncIterator[Database]:
    """An empty database of its own, gone afterwards."""
    if kind == "sqlite":
        database = Database(f"sqlite:///{folder / 'test.sqlite3'}")
        try:
            yield database
        finally:
            await database.close()
        return
    import asyncpg

    name = f"commonbook_test_{new_id()}"
    try:
        server = await asyncpg.connect(f"{POSTGRES}/postgres", timeout=5)
    except (OSError, TimeoutError) as failure:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no PostgreSQL at {POSTGRES}: {failure}")
    await server.execute(f"CREATE DATABASE {name}")
    database = Database(f"{POSTGRES}/{name}")
    try:
        yield database
    finally:
        await database.close()
        await server.execute(f"DROP DATABASE {name}")
        await server.close()


@pytest.fixture(params=KINDS)
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """A database with all tables."""
    async with empty_database(request.param, tmp_path) as database:
        await migrate(database)
        yield database


async def new_project(database: Database) -> tuple[ProjectId, UserId]:
    now = datetime.now(UTC)
    async with database.begin() as session:
        owner = await people.add_account(
            session,
            now,
            name=new_id(),
            email=f"{new_id()}@example.org",
            display_name="O",
            password_hash=None,
            admin=False,
        )
        return await projects.add(session, "P", owner, now), owner


async def new_notebook(database: Database) -> NotebookId:
    project, owner = await new_project(database)
    async with database.begin() as session:
        return await notebooks.add(session, project, "N", owner, datetime.now(UTC))


Make = Callable[[], Awaitable[HistoryId]]


@pytest.fixture(params=["memory", *KINDS, *(f"texts {kind}" for kind in KINDS)])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[DocumentStore, Make]]:
    """A store and a way to make a notebook in it."""
    if request.param == "memory":
        memory = MemoryStore()

        async def make() -> NotebookId:
            notebook = NotebookId(new_id())
            memory.create(notebook, new_id())
            return notebook

        yield memory, make
        return
    kind = request.param.removeprefix("texts ")
    async with empty_database(kind, tmp_path) as database:
        await migrate(database)
        if kind != request.param:
            texts = SqlTextStore(database)

            async def make_text() -> HistoryId:
                return await texts.of_file((await new_project(database))[0], "a/b.txt")

            yield texts, make_text
            return
        tasks = Tasks()
        yield SqlDocumentStore(database, tasks), lambda: new_notebook(database)
        await tasks.close()


def updates(first: int, last: int, document: Document = Document.SOURCE) -> list[StoredUpdate]:
    return [StoredUpdate(document, seq, b"%d" % seq, UserId("ann")) for seq in range(first, last + 1)]


async def test_what_was_appended_is_loaded_in_order(store: tuple[DocumentStore, Make]) -> None:
    documents, make = store
    notebook = await make()
    await documents.append(notebook, updates(1, 3))
    if isinstance(documents, SqlTextStore):
        await documents.append(notebook, updates(4, 5))
        loaded = await documents.load(notebook)
        assert loaded.documents == {Document.SOURCE: LoadedDocument(None, 0, tuple(updates(1, 5)))}
        assert loaded.epoch == (await documents.load(notebook)).epoch
        return
    await documents.append(notebook, [*updates(4, 5), *updates(1, 2, Document.RUNTIME)])
    loaded = await documents.load(notebook)
    assert loaded.documents[Document.SOURCE].updates == tuple(updates(1, 5))
    assert loaded.documents[Document.RUNTIME].head_seq == 2
    assert loaded.documents[Document.COMMENTS].updates == ()
    assert loaded.epoch == (await documents.load(notebook)).epoch


@pytest.mark.parametrize("wrong", [[2], [4], [5, 6], [3, 3], [3, 5]])
async def test_a_history_has_no_holes_and_no_doubles(
    store: tuple[DocumentStore, Make], wrong: list[int]
) -> None:
    documents, make = store
    notebook = await make()
    await documents.append(notebook, updates(1, 2))
    rows = [StoredUpdate(Document.SOURCE, seq, b"x") for seq in wrong]
    with pytest.raises(ValueError, match="cannot append"):
        await documents.append(notebook, rows)
    if not isinstance(documents, MemoryStore):
        assert (await documents.load(notebook)).documents[Document.SOURCE].head_seq == 2


async def test_a_snapshot_replaces_what_came_before(store: tuple[DocumentStore, Make]) -> None:
    documents, make = store
    notebook = await make()
    await documents.append(notebook, updates(1, 6))
    await documents.compact(notebook, Document.SOURCE, 2, b"two")
    await documents.compact(notebook, Document.SOURCE, 4, b"four")
    loaded = (await documents.load(notebook)).documents[Document.SOURCE]
    assert (loaded.snapshot, loaded.snapshot_seq, loaded.head_seq) == (b"four", 4, 6)
    assert loaded.updates == tuple(updates(5, 6))
    await documents.append(notebook, updates(7, 7))


async def test_a_client_id_belongs_to_one_person_for_ever(store: tuple[DocumentStore, Make]) -> None:
    documents, make = store
    one, two = await make(), await make()
    assert await documents.bind_client(one, 2**31 - 1, UserId("ann")) is True
    assert await documents.bind_client(one, 2**31 - 1, UserId("bob")) is False
    assert await documents.bind_client(two, 2**31 - 1, UserId("bob")) is True
    assert await documents.clients_of(one, UserId("ann")) == {2**31 - 1}
    assert await documents.clients_of(one, UserId("bob")) == frozenset()


async def test_an_unknown_notebook_is_a_key_error(store: tuple[DocumentStore, Make]) -> None:
    with pytest.raises(KeyError):
        await store[0].load(NotebookId("nothing"))


async def test_one_bad_history_stops_no_other_in_the_same_commit(database: Database) -> None:
    tasks = Tasks()
    store = SqlDocumentStore(database, tasks)
    good, bad = await new_notebook(database), await new_notebook(database)
    appended = [
        store.append(good, updates(1, 2)),
        store.append(bad, updates(5, 5)),
        store.append(good, updates(3, 3)),
    ]
    results = await asyncio.gather(*appended, return_exceptions=True)
    assert [type(result) for result in results] == [type(None), ValueError, type(None)]
    assert (await store.load(good)).documents[Document.SOURCE].head_seq == 3
    await tasks.close()


async def test_appends_that_wait_share_a_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with empty_database("sqlite", tmp_path) as database:
        await migrate(database)
        tasks = Tasks()
        store = SqlDocumentStore(database, tasks)
        notebook = await new_notebook(database)
        commits = 0
        write = database.write_prepared

        async def counting(work: Callable[[Execute], None]) -> None:
            nonlocal commits
            commits += 1
            await write(work)

        monkeypatch.setattr(database, "write_prepared", counting)
        await asyncio.gather(*(store.append(notebook, updates(n, n)) for n in range(1, 101)))
        assert commits == 1
        await tasks.close()


async def test_an_append_waits_for_a_locked_database_and_loses_nothing(tmp_path: Path) -> None:
    async with empty_database("sqlite", tmp_path) as database:
        await migrate(database)
        tasks = Tasks()
        store = SqlDocumentStore(database, tasks)
        notebook = await new_notebook(database)
        with closing(sqlite3.connect(tmp_path / "test.sqlite3", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            waiting = asyncio.ensure_future(store.append(notebook, updates(1, 1)))
            done, _ = await asyncio.wait({waiting}, timeout=0.5)
            assert not done, "acknowledged before the commit"
            other.execute("ROLLBACK")
        await asyncio.wait_for(waiting, 5)
        assert (await store.load(notebook)).documents[Document.SOURCE].head_seq == 1
        await tasks.close()


async def test_sqlite_survives_a_power_cut(tmp_path: Path) -> None:
    async with empty_database("sqlite", tmp_path) as database:
        await migrate(database)

        def pragmas(connection: Connection) -> list[object]:
            names = ("journal_mode", "synchronous", "foreign_keys")
            return [connection.scalar(text(f"PRAGMA {name}")) for name in names]

        assert await database.write_plain(pragmas) == ["wal", 2, 1]
        async with database.begin() as session:
            assert await session.run_sync(lambda s: pragmas(s.connection())) == ["wal", 2, 1]


async def test_models_and_migrations_agree(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Table.metadata))

    assert await database.read_plain(differences) == []


async def test_migrating_twice_does_nothing_the_second_time(database: Database) -> None:
    assert await migrate(database) is False


async def test_a_database_of_a_newer_version_is_refused(database: Database) -> None:
    def age(connection: Connection) -> None:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    await database.write_plain(age)
    with pytest.raises(NewerDatabase):
        await migrate(database)


def test_the_named_head_is_the_newest_script() -> None:
    config = AlembicConfig()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent / "migrations"))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


async def test_two_people_cannot_take_one_name(database: Database) -> None:
    async def add(name: str, email: str) -> UserId:
        async with database.begin() as session:
            return await people.add_account(
                session,
                datetime.now(UTC),
                name=name,
                email=email,
                display_name=name,
                password_hash=None,
                admin=False,
            )

    await add("ann", "ann@example.org")
    for name, email in (("ANN", "other@example.org"), ("other", "Ann@Example.org")):
        with pytest.raises(Refusal):
            await add(name, email)
    await add("bob", "bob@example.org")


async def test_bins_are_emptied_after_their_days(database: Database) -> None:
    notebook = await new_notebook(database)
    now = datetime.now(UTC)
    async with database.begin() as session:
        await notebooks.change(session, notebook, now, deleted=True)
        assert await projects.empty_bins(session, now, days=30) == []
        assert await projects.empty_bins(session, now, days=0) == [notebook]
    async with database.begin() as session:
        table = Table.metadata.tables["project"]
        await session.execute(update(table).values(deleted_at=now))
        await projects.empty_bins(session, now, days=0)
        assert (await session.execute(table.select())).all() == []
