"""Statements by name: what the code asks for exists, and what exists is asked for."""

import re

import pytest

from utils import ROOT
from utils.database.statements import QUERIES, statement, statement_names

FOLDERS = ("api_syncs", "db", "playlists", "reports", "utils")


def asked_for():
    """Names in the sources: `statement("x.y")`, `execute("x.y", …)`, `rows("x.y", …)`, pairs ("x.y", …) for a journal, and a class's own."""
    names = set()
    files = {path.stem for path in QUERIES.glob("*.sql")}
    names |= {
        f"app_settings.{name}"
        for name in ("load", "load_unclaimed", "reset", "reset_unclaimed", "set", "set_unclaimed")
    }
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if path.name in ("statements.py", "app_settings.py"):  # keys of settings look like names
                continue
            source = path.read_text(encoding="utf-8")
            names |= set(re.findall(r'statement\("([\w.]+)"\)', source))
            names |= {
                name
                for name in re.findall(
                    r'(?:(?<!\w)\(|execute\(|\.rows?\(|\.kept\(|\._(?:update|change)\(|return)\s*"(\w+\.\w+)"',
                    source,
                )
                if name.partition(".")[0] in files
            }
            names |= set(re.findall(r'"(site_\w+\.\w+)"', source))
            for stem in re.findall(r'statement\(f"(\w+)\.\{name\}"\)', source):
                told = re.findall(r'"(\w+)"', source)
                names |= {f"{stem}.{name}" for name in told} & set(statement_names())
    return names


def test_every_statement_that_is_asked_for_exists():
    assert asked_for() - set(statement_names()) == set()


def test_every_statement_that_exists_is_asked_for():
    assert set(statement_names()) - asked_for() == set()


@pytest.mark.parametrize("name", statement_names())
def test_a_statement_is_sql_with_named_parameters_only(name):
    sql = statement(name)
    assert sql
    assert not sql.endswith(";")
    assert "--" not in sql, "a comment that could hide a %s"
    stray = re.sub(r"%\(\w+\)s", "", sql).count("%")
    assert stray == (1 if name in ("api.add_calls", "logs.add", "playlists.set_readable") else 0)


@pytest.mark.parametrize("name", ["plays.no_such", "no_such.newest", "plays", "", "../queries/plays.newest"])
def test_an_unknown_name_is_an_error(name):
    with pytest.raises((KeyError, OSError)):
        statement(name)


@pytest.mark.parametrize("path", sorted(QUERIES.glob("*.sql")), ids=lambda path: path.stem)
def test_every_statement_says_what_it_is_for(path):
    blocks = re.split(r"^-- name: .*$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    assert blocks
    for block in blocks:
        assert re.match(r"\n-- \S.{9,}", block)
