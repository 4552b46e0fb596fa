"""What plays would take in other tables than ours: the same rows, made by plain SQL, and written in the order of time. `storage` asks for it.

Which of the ways is worth what, each alone and some together.
"""

from dataclasses import dataclass

from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from benchmarks.results import table

SOURCES = ("export", "both", "api")
FLAGS = ("skipped", "shuffle", "offline", "incognito_mode")
NAMES = ("track_name", "artist_name", "album_name")
MOMENTS = ("started_at", "stamped_at", "api_played_at")
RARE = ("api_item_key", "also_in")
NUMBERED = {"items": "item_key", "contexts": "context_uri"}


@dataclass(frozen=True)
class Variant:
    """How else plays could be stored, as its row in the table is called, and the ways that make it up."""

    text: str
    ways: frozenset[str] = frozenset()


# hashed, mixed: in the key a hash of the item, or of item and part, in its place. by month: which plays others tell of is found by month alone.
# contexts, items, user: numbers, and tables of these. words: a letter for source and reasons. aligned: wide columns first.
# full: no room is left in the pages of the key, as where it is built anew so.
_SMALL = frozenset({"mixed", "by month"})
VARIANTS = (
    Variant("as they are, written anew"),
    Variant("(a) in the key a hash of the item", frozenset({"hashed"})),
    Variant("(a2) one hash of item and part", frozenset({"mixed"})),
    Variant("(a3) and plays of others by month", _SMALL),
    Variant("(a4) and the pages of the key full", _SMALL | {"full"}),
    Variant("(b) contexts as integers", frozenset({"contexts"})),
    Variant("(c) items as integers", frozenset({"items"})),
    Variant("(d) source and reasons as letters", frozenset({"words"})),
    Variant("(e) columns by alignment", frozenset({"aligned"})),
    Variant("(f) listeners as integers", frozenset({"user"})),
    Variant("(a3) (b)", _SMALL | {"contexts"}),
    Variant("(a3) (d) (e)", _SMALL | {"words", "aligned"}),
    Variant("(a3) (b) (d) (e)", _SMALL | {"contexts", "words", "aligned"}),
    Variant("(a3) (b) (c) (d) (e)", frozenset({"by month", "contexts", "items", "words", "aligned"})),
    Variant("(a3) (b) to (f)", frozenset({"by month", "contexts", "items", "words", "aligned", "user"})),
)


def compared(connection: Connection) -> str:
    """The table of what each variant takes: bytes per play by source, of the heap of all, and in all, with its tables of numbers."""
    with connection.cursor() as cursor:
        for name, column in NUMBERED.items():
            texts = (
                f"SELECT {column} FROM plays WHERE {column} IS NOT NULL GROUP BY 1 ORDER BY min(played_at)"  # noqa: S608 - names of ours
            )
            cursor.execute(
                f"CREATE TABLE {name} (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, text text NOT NULL UNIQUE)"
            )
            cursor.execute(f"INSERT INTO {name} (text) {texts}")
        vacuum(connection)
        numbered = relation_bytes(connection, indexes=False)
        cursor.execute("SELECT source, count(*) FROM plays GROUP BY 1")
        plays = dict(cursor.fetchall())
        rows = []
        for variant in VARIANTS:
            sizes = {source: written(connection, cursor, variant.ways, source) for source in SOURCES}
            heap = sum(size for size, _ in sizes.values())
            total = sum(map(sum, sizes.values())) + sum(
                numbered[name] for name in NUMBERED if name in variant.ways
            )
            parts = [sum(sizes[source]) / plays[source] for source in SOURCES]
            parts += [heap / sum(plays.values()), total / sum(plays.values())]
            rows.append((variant.text, *(f"{part:.0f}" for part in parts)))
    return table(
        ("as other tables would hold them", *(f"of {source}" for source in SOURCES), "heap alone", "in all"),
        rows,
    )


def written(connection: Connection, cursor: Cursor, ways: frozenset[str], source: str) -> tuple[int, int]:
    """The bytes of the heap and of the indexes of the plays of a source."""
    cursor.execute(f"CREATE TABLE variant AS {selected(ways)} WITH NO DATA")
    key = "hashtextextended(item_key, part)" if "mixed" in ways else "item_key, part"
    key = "hashtextextended(item_key, 0), part" if "hashed" in ways else key
    full = "WITH (fillfactor = 100)" if "full" in ways else ""
    cursor.execute(f"CREATE UNIQUE INDEX variant_key ON variant (user_id, played_at, {key}) {full}")
    when = "date_trunc('month', played_at AT TIME ZONE 'UTC')" if "by month" in ways else "played_at"
    whether = "false" if source == "export" else "true"
    cursor.execute(f"CREATE INDEX variant_others ON variant (user_id, {when}) WHERE {whether}")
    in_order = "WHERE p.source = %s ORDER BY played_at, p.item_key, part"
    cursor.execute(f"INSERT INTO variant {selected(ways)} {in_order}", (source,))
    sizes = relation_bytes(connection, indexes=True)
    cursor.execute("DROP TABLE variant")
    indexes = sizes["variant_key"] + sizes["variant_others"]
    return sizes["variant"] - indexes, indexes


def selected(ways: frozenset[str]) -> str:
    """The SELECT of all plays with the columns of a variant, in its order."""
    user = "1 AS user_id" if "user" in ways else "user_id"
    item = "i.id AS item_key" if "items" in ways else "item_key"
    context = "c.id AS context_uri" if "contexts" in ways else "context_uri"
    words = [
        f'left({name}, 1)::"char" AS {name}' if "words" in ways else name
        for name in ("source", "reason_start", "reason_end")
    ]
    columns = [user, "played_at", item, "ms_played", words[0], context, *words[1:], *FLAGS, *NAMES, "part"]
    columns += [*MOMENTS, *RARE]
    if "aligned" in ways:
        columns = [
            "played_at",
            *MOMENTS,
            "ms_played",
            "part",
            user,
            item,
            context,
            *words,
            *FLAGS,
            *NAMES,
            *RARE,
        ]
    joins = " ".join(
        f"LEFT JOIN {name} AS {name[0]} ON {name[0]}.text = {column}" for name, column in NUMBERED.items()
    )
    return f"SELECT {', '.join(columns)} FROM plays AS p {joins}"  # noqa: S608 - names of ours


def vacuum(connection: Connection) -> None:
    """So that what was is not counted as what is."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def relation_bytes(connection: Connection, *, indexes: bool) -> dict[str, int]:
    """The bytes of each table or view with its indexes and what is kept out of line, and of each index where they are asked for."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, pg_total_relation_size(oid) FROM pg_class "
            "WHERE relkind = ANY(%s) AND relnamespace = 'public'::regnamespace",
            (["r", "m", "i"] if indexes else ["r", "m"],),
        )
        return dict(cursor.fetchall())


def count(cursor: Cursor, name: str) -> int:
    """How many rows a table has."""
    cursor.execute(f"SELECT count(*) FROM {name}")  # noqa: S608 - a name of ours
    ((rows,),) = cursor.fetchall()
    return int(rows)
