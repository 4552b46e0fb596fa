"""SQL in forms that a PostgreSQL spread over several servers by `user_id` can carry; the catalogue is on each of them.

What is refused was tried with Citus 14; it is no part of these tests, so each statement is read, and who would have to answer it (`tests/distributed_sql.py`).
A real one is asked by `./run test --citus URL`.
"""

import json
import re

import pytest
from pglast.parser import parse_sql_json

from playlists.language.sources import SOURCES
from playlists.language.written import WRITTEN as AS_WRITTEN
from tests.distributed_sql import Reach, read_all
from tests.utils.database.test_rows import every_row_type
from utils import ROOT
from utils.database.distributed import is_personal, text_for_one
from utils.database.migrate import load_migrations
from utils.database.placement import Place, placement, tables_at
from utils.database.statements import statement, statement_names
from utils.database.views import load_views

VIEWS = {view.name: re.sub(r"--.*", "", view.select) for view in load_views()}
STORED = {view.name for view in load_views() if view.is_materialized}
# Those of migrations, and of db/views what is everybody's; every other view has rows of listeners.
SHARED_VIEWS = {"album_members", "recordings_by_rule", "album_catalogue", "track_catalogue"}
PLACES = {
    **placement(),
    **{
        name: Place.REFERENCE if name in SHARED_VIEWS else Place.DISTRIBUTED
        for name in (
            *VIEWS,
            *SHARED_VIEWS,
            "library_members",
            "merged_tracks",
            "own_playlists",
            "same_recordings",
        )
    },
}
STATEMENTS = {
    name: statement(name).format(table="liked_tracks", item_id="track_id")
    if name.startswith("memberships.")
    else statement(name)
    for name in statement_names()
}
ROWS = {kind.__name__: kind.table for kind in every_row_type()}
UPSERTS = {name: table.upsert_sql(1) for name, table in ROWS.items()}
NEWS = {
    f"news of {name}": table.news_sql().replace("VALUES %s", f"VALUES {table.news_template()}")
    for name, table in ROWS.items()
    if PLACES[table.name] is not Place.DISTRIBUTED and not table.is_exact
}
# What is a part of an upsert (`Table.along`) is read with it.
PARTS = {"plays.note_tracks"}
WRITTEN = {**{name: sql for name, sql in STATEMENTS.items() if name not in PARTS}, **UPSERTS, **NEWS}
EVERYTHING = {**WRITTEN, **VIEWS}
READ = {name: read_all(sql, PLACES) for name, sql in WRITTEN.items()}

# What asks every server: of people's lists of listeners, of what is cleaned, and of who comes for the first time. A run of a listener who is known
# asks none of them. docs/scale.md lists them.
SCATTER = re.compile(r"^\| `([\w.]+)` \|", re.MULTILINE)


def test_each_table_has_its_place(cursor):
    cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    assert {name for (name,) in cursor} == set(placement())


def test_what_is_distributed_is_what_has_a_listener(cursor):
    cursor.execute(
        "SELECT c.relname FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'user_id' AND a.attnotnull "
        "WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace"
    )
    asked_before_it_is_known_whose = {"consent_fingerprints", "listener_claims"}
    assert {name for (name,) in cursor} - asked_before_it_is_known_whose == set(tables_at(Place.DISTRIBUTED))


@pytest.mark.parametrize("name", WRITTEN)
def test_a_statement_is_one_that_several_servers_can_carry_out(name):
    assert [(read.kind, read.wrong) for read in READ[name] if read.wrong] == []


def test_what_asks_every_server_is_listed():
    page = (ROOT / "docs" / "scale.md").read_text("utf-8")
    asking = {name for name, reads in READ.items() if any(read.reach is Reach.SCATTER for read in reads)}
    assert asking - set(SCATTER.findall(page)) == set()
    assert set(SCATTER.findall(page)) - asking == set()


def test_the_page_says_how_many_there_are_of_each():
    reaches = [read.reach for reads in READ.values() for read in reads]
    said = {reach: reaches.count(reach) for reach in Reach}
    page = " ".join((ROOT / "docs" / "scale.md").read_text("utf-8").split())
    words = (
        f"{said[Reach.ONE]} ask one server, {said[Reach.SCATTER]} every one, {said[Reach.REFERENCE]} the catalogue alone, "
        f"and {said[Reach.LOCAL]} the first server alone"
    )
    assert words in page, words


@pytest.mark.parametrize(
    "view", [view for view in load_views() if view.is_materialized], ids=lambda view: view.name
)
def test_what_is_derived_of_one_listener_is_computed_by_one_server(cursor, view):
    if not is_personal(view):
        (read,) = read_all(view.select, PLACES)
        assert read.reach is Reach.REFERENCE
        return
    text = text_for_one(cursor, view, load_views())
    (read,) = read_all(text, PLACES)
    assert read.reach is Reach.ONE, [each.name for each in read.unnamed()]
    assert read.wrong == []


@pytest.mark.parametrize("name", EVERYTHING)
def test_a_subquery_selects_something_and_no_lateral_one_the_time(name):
    sql = EVERYTHING[name]
    assert not re.search(r"SELECT\s+FROM", sql)
    assert not re.search(r"LATERAL\s*\(\s*SELECT[^()]*\(?now\(\)", sql)


def test_a_subquery_in_a_program_selects_something_too():
    wrong = [
        str(path.relative_to(ROOT))
        for folder in ("api_syncs", "db", "playlists", "reports", "utils")
        for path in (ROOT / folder).rglob("*.py")
        if re.search(r"\(SELECT\s+FROM", path.read_text("utf-8"))
    ]
    assert wrong == []


def test_what_an_upsert_sets_depends_on_its_rows_alone(cursor):
    """A moment and an interval depend on the time zone; the difference of two moments does not."""
    for name, sql in WRITTEN.items():
        _, _, update = sql.partition("DO UPDATE")
        assert not re.search(r"[-+] *(interval|make_interval)", update), name
    called = {
        function: name
        for name, reads in READ.items()
        for read in reads
        for function in read.set_by
        if read.target is not None and read.target.place is not Place.LOCAL
    }
    cursor.execute(
        "SELECT DISTINCT proname FROM pg_proc WHERE proname = ANY(%s) AND provolatile <> 'i'", (list(called),)
    )
    assert [called[function] for (function,) in cursor] == []


def test_what_is_computed_of_columns_in_a_change_depends_on_them_alone(cursor):
    """Whatever hangs on the session, such as how a moment is written, is refused there."""
    called = {
        function: name for name, reads in READ.items() for read in reads for function in read.computed_by
    }
    cursor.execute(
        "SELECT proname FROM pg_proc WHERE proname = ANY(%s) GROUP BY 1 HAVING bool_and(provolatile <> 'i')",
        (list(called),),
    )
    assert [(function, called[function]) for (function,) in cursor] == []


def test_a_row_of_its_own_names_the_listener():
    """What a rule looks up for each track: the listener of the track would not do."""
    looked_up = [text for text in SOURCES.values() if "LATERAL" in text]
    looked_up += [field.sql for field in AS_WRITTEN.values() if "user_id" in field.sql]
    assert len(looked_up) > 1
    assert [text for text in looked_up if re.search(r"user_id = u\.user_id", text)] == []


def test_moments_are_believed_by_a_function_of_its_arguments(cursor):
    cursor.execute(
        "SELECT provolatile FROM pg_proc WHERE proname IN ('believed', 'track_of', 'is_spotify_id')"
    )
    assert cursor.fetchall() == [("i",)] * 3


@pytest.mark.parametrize("name", ["transactions.begin", "transactions.begin_unwatched"])
def test_servers_are_asked_one_after_the_other(name):
    """Else nothing shared could be changed in a transaction that has asked several of them at once."""
    assert "SET LOCAL citus.multi_shard_modify_mode = 'sequential'" in STATEMENTS[name]


def test_values_are_values():
    wrong = [name for name, sql in STATEMENTS.items() if re.search(r"VALUES[^;]*\(\s*SELECT\b", sql)]
    assert wrong == []


def test_what_is_stored_of_views_is_compared_with_except():
    """NOT EXISTS between what is on the first server and a table that is spread is refused."""
    wrong = [
        name
        for name in STORED
        if "NOT EXISTS" in VIEWS[name]
        and any(re.search(rf"\b{other}\b", VIEWS[name]) for other in STORED - {name})
    ]
    assert wrong == []


def test_keys_of_what_is_personal_hold_the_listener(cursor):
    cursor.execute(
        "SELECT i.indrelid::regclass::text, i.indexrelid::regclass::text FROM pg_index AS i WHERE i.indisunique "
        "AND i.indrelid::regclass::text = ANY(%s) AND NOT EXISTS (SELECT FROM pg_attribute AS a "
        "WHERE a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey) AND a.attname = 'user_id')",
        (tables_at(Place.DISTRIBUTED),),
    )
    assert cursor.fetchall() == []
    assert [view.name for view in load_views() if view.is_materialized and not is_personal(view)] == [
        "album_catalogue",
        "track_catalogue",
    ]


def test_no_table_has_a_trigger(cursor):
    cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")
    assert cursor.fetchall() == []


# Migrations, once a database may be distributed


def later_migrations():
    """Those behind the one that brought the plan: they may meet a distributed database."""
    every = load_migrations()
    (first,) = (each.version for each in every if "CREATE TABLE distribution" in each.sql)
    return [each for each in every if each.version > first]


def faults_of(sql: str) -> list[str]:
    """What a distributed database would refuse of a migration."""
    faults: list[str] = []
    made: set[str] = set()  # its policy is taken away when it is put to its place
    for each in json.loads(parse_sql_json(sql))["stmts"]:
        ((kind, body),) = each["stmt"].items()
        table = body.get("relation", {}).get("relname", "") if isinstance(body, dict) else ""
        if kind == "AlterTableStmt" and len(body["cmds"]) > 1 and placement().get(table) is not Place.LOCAL:
            faults.append(f"{table}: one change per ALTER TABLE")
        if kind == "CreateTrigStmt":
            faults.append(f"{table}: a trigger")
        if kind in ("CreateStmt", "AlterTableStmt") and re.search(
            r'"serial|"bigserial|CONSTR_IDENTITY', json.dumps(body)
        ):
            faults.append(f"{table}: numbers that a server gives")
        if kind == "CreateStmt":
            made.add(table)
            pointed_to = re.findall(r'"pktable": \{[^}]*"relname": "(\w+)"', json.dumps(body))
            if any(placement().get(name, Place.DISTRIBUTED) is Place.DISTRIBUTED for name in pointed_to):
                faults.append(
                    f"{table}: what is made points to what is spread: by an ALTER TABLE of the next migration"
                )
        if (
            kind == "CreatePolicyStmt"
            and "SubLink" in json.dumps(body)
            and body["table"]["relname"] not in made
        ):
            faults.append("a policy with a subquery")
    return faults


def test_later_migrations_are_such_that_a_distributed_database_takes_them():
    assert {each.name: faults for each in later_migrations() if (faults := faults_of(each.sql))} == {}


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE plays ADD COLUMN a text, ADD COLUMN b text",
        "CREATE TRIGGER x AFTER INSERT ON plays FOR EACH ROW EXECUTE FUNCTION f()",
        "ALTER TABLE plays ADD COLUMN number bigserial",
        "CREATE TABLE new_ones (user_id text PRIMARY KEY REFERENCES users)",
        "CREATE POLICY of_session ON plays USING (user_id = (SELECT session_listener()))",
    ],
)
def test_what_a_later_migration_must_not_say_is_noticed(sql):
    assert len(faults_of(sql)) == 1


# The reader itself


@pytest.mark.parametrize(
    ("sql", "reach"),
    [
        ("SELECT 1 FROM plays WHERE user_id = %(u)s", Reach.ONE),
        ("SELECT 1 FROM plays", Reach.SCATTER),
        ("SELECT 1 FROM plays WHERE user_id = %(u)s OR true", Reach.SCATTER),
        ("SELECT 1 FROM plays AS p JOIN users AS u USING (user_id) WHERE u.user_id = %(u)s", Reach.ONE),
        (
            "SELECT 1 FROM plays AS p JOIN users AS u ON u.user_id <> p.user_id WHERE u.user_id = %(u)s",
            Reach.SCATTER,
        ),
        (
            "SELECT 1 FROM plays AS p JOIN tracks AS t ON t.track_id = p.item_key WHERE p.user_id = %(u)s",
            Reach.ONE,
        ),
        (
            "WITH mine AS (SELECT * FROM plays WHERE user_id = %(u)s) SELECT 1 FROM mine JOIN plays USING (user_id)",
            Reach.ONE,
        ),
        (
            "SELECT 1 FROM users AS u WHERE u.user_id = %(u)s AND EXISTS (SELECT 1 FROM plays AS p WHERE p.user_id = u.user_id)",
            Reach.ONE,
        ),
        (
            "SELECT 1 FROM users AS u WHERE u.user_id = %(u)s AND EXISTS (SELECT 1 FROM plays AS p)",
            Reach.SCATTER,
        ),
        ("SELECT 1 FROM tracks", Reach.REFERENCE),
        ("SELECT 1 FROM api_calls", Reach.LOCAL),
        ("INSERT INTO plays (user_id, item_key) VALUES (%s, %s)", Reach.ONE),
        ("INSERT INTO plays (user_id, item_key) SELECT user_id, 'x' FROM users", Reach.SCATTER),
        ("DELETE FROM plays WHERE user_id = ANY(%(ids)s)", Reach.ONE),
        ("DELETE FROM plays WHERE played_at < now()", Reach.SCATTER),
    ],
)
def test_who_answers_is_read_from_the_text(sql, reach):
    (read,) = read_all(sql, PLACES)
    assert read.reach is reach


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 FROM users AS u CROSS JOIN LATERAL (SELECT 1 FROM plays AS p WHERE p.item_key = u.name) AS x",
        "SELECT 1 FROM tracks AS t WHERE EXISTS (SELECT 1 FROM liked_tracks AS l WHERE l.track_id = t.track_id)",
        "SELECT 1 FROM tracks AS t LEFT JOIN liked_tracks AS l USING (track_id)",
        "DELETE FROM tracks WHERE track_id NOT IN (SELECT track_id FROM liked_tracks)",
        "UPDATE albums SET name = 'x' FROM saved_albums AS s WHERE s.album_id = albums.album_id AND s.user_id = %(u)s",
        "SELECT user_id FROM users FOR UPDATE SKIP LOCKED",
        "SELECT 1 FROM listener_claims AS c WHERE NOT EXISTS (SELECT 1 FROM plays AS p WHERE p.user_id = c.user_id)",
        "UPDATE plays SET user_id = 'x' WHERE user_id = %(u)s",
        "INSERT INTO plays (item_key) VALUES ('x')",
        "SELECT 1 FROM unnest(%(jobs)s) AS w (job) WHERE NOT EXISTS "
        "(SELECT 1 FROM sync_history AS h WHERE h.user_id = ANY(%(ids)s) AND h.job = w.job)",
        "SELECT (SELECT max(c.last_success_at) FROM job_controls AS c WHERE c.job = h.job AND c.user_id IN (%(u)s, '*')) "
        "FROM sync_history AS h WHERE h.user_id IN (%(u)s, '*')",
        "UPDATE plays SET also_in = m.also_in::text[] FROM unnest(%(x)s::text[]) AS m (also_in) WHERE user_id = %(u)s",
        "DELETE FROM plays WHERE user_id = %(u)s AND ROW(played_at, item_key)::text = ANY(%(gone)s)",
    ],
)
def test_what_is_forbidden_is_noticed(sql):
    assert any(read.wrong for read in read_all(sql, PLACES))
