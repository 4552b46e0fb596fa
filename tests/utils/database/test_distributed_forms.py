"""SQL in forms that a PostgreSQL spread over several servers by `user_id` can carry; the catalogue is on each of them.

What is refused was tried with Citus 14; it is no part of the tests, so its rules are read from the text of the statements.
"""

import re

import pytest

from tests.utils.database.test_rows import every_row_type
from utils.database.statements import statement, statement_names
from utils.database.views import load_views

STATEMENTS = {name: statement(name) for name in statement_names()}
VIEWS = {view.name: re.sub(r"--.*", "", view.select) for view in load_views()}
UPSERTS = {kind.__name__: kind.table.upsert_sql(1) for kind in every_row_type()}
EVERYTHING = {**STATEMENTS, **VIEWS, **UPSERTS}


@pytest.fixture
def personal(cursor):
    """The tables of listeners; all others are shared."""
    cursor.execute(
        "SELECT c.relname FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'user_id' "
        "WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace"
    )
    return {name for (name,) in cursor}


@pytest.mark.parametrize("name", EVERYTHING)
def test_a_subquery_selects_something_and_no_lateral_one_the_time(name):
    sql = EVERYTHING[name]
    assert not re.search(r"SELECT\s+FROM", sql)
    assert not re.search(r"LATERAL\s*\(\s*SELECT[^()]*\(?now\(\)", sql)


@pytest.mark.parametrize("name", {**STATEMENTS, **UPSERTS})
def test_what_an_upsert_sets_depends_on_its_rows_alone(name):
    """A moment and an interval depend on the time zone; the difference of two moments does not."""
    _, _, update = EVERYTHING[name].partition("DO UPDATE")
    assert not re.search(r"[-+] *(interval|make_interval)", update)
    assert "now()" not in update


def test_moments_are_believed_by_a_function_of_its_arguments(cursor):
    cursor.execute(
        "SELECT provolatile FROM pg_proc WHERE proname IN ('believed', 'track_of', 'is_spotify_id')"
    )
    assert cursor.fetchall() == [("i",)] * 3


def test_what_is_shared_is_changed_without_a_look_at_what_is_personal(personal):
    """Read first, then write by id."""
    wrong = [
        (name, part.split()[0:3])
        for name, sql in STATEMENTS.items()
        for part in sql.split(";")
        if (found := re.match(r"\s*(?:DELETE FROM|UPDATE) (\w+)", part))
        and found[1] not in personal
        and any(re.search(rf"\b{table}\b", part) for table in personal)
    ]
    assert wrong == []


def test_values_are_values():
    wrong = [name for name, sql in STATEMENTS.items() if re.search(r"VALUES[^;]*\(\s*SELECT\b", sql)]
    assert wrong == []


def test_what_is_stored_of_views_is_compared_with_except():
    """NOT EXISTS between a materialized view and a table is refused."""
    stored = {view.name for view in load_views() if view.is_materialized}
    wrong = [
        name
        for name in stored
        if "NOT EXISTS" in VIEWS[name]
        and any(re.search(rf"\b{other}\b", VIEWS[name]) for other in stored - {name})
    ]
    assert wrong == []


def test_keys_of_what_is_personal_hold_the_listener(cursor, personal):
    cursor.execute(
        "SELECT i.indrelid::regclass::text, i.indexrelid::regclass::text FROM pg_index AS i WHERE i.indisunique "
        "AND i.indrelid::regclass::text = ANY(%s) AND NOT EXISTS (SELECT FROM pg_attribute AS a "
        "WHERE a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey) AND a.attname = 'user_id')",
        (sorted(personal),),
    )
    assert cursor.fetchall() == []
