"""Everything in every answer is wrong once: no job crashes, no row is bad, nothing is removed, and what is left out is said."""

import random
from collections import defaultdict
from contextlib import closing
from importlib import import_module

import psycopg2
import pytest

from db.reset import choose, reset
from tests.chaos.hostile import Recorder, Spoiler
from tests.clock import FakeClock
from tests.stages import OF_RUNS, ON_SPOTIFY, contents, difference, recorded, world_at
from utils.errors import Status

pytestmark = [pytest.mark.slow(30), pytest.mark.once]
SIZE = {"liked": 400, "albums": 40, "plays": 50, "playlists": 8, "followed": 30}
RUNS = 6  # one after the other in a database, of which the first one fills it
ITEM, OF_ALBUM = "an item cannot be read", ": tracks that cannot be read: "
LACKING = (
    "SELECT count(*) FROM played_tracks JOIN tracks AS t USING (track_id) WHERE is_spotify_id(track_id) AND NOT "
    "(ROW(t.name, t.album_id, t.duration_ms, t.explicit, t.disc_number, t.track_number) IS NOT NULL "
    "AND EXISTS (SELECT FROM track_artists AS c WHERE c.track_id = t.track_id))"
)
IN_LISTS = "SELECT playlist_id, item_uri, name, artists FROM playlist_item_history WHERE removed_at IS NULL ORDER BY 1, 2"
UNNAMED = "UPDATE users SET display_name = NULL"  # which is asked for once per consent
SAYS_NOTHING = (
    "items[]",
    "items[].item",
)  # null there is Spotify's way to show no content: what stood there is noted as gone
LONGEST_TEXT = 10_000  # characters
OF_CRASHES = "SELECT message FROM logs WHERE message LIKE 'this is a fault of the program%%' OR message LIKE '%%database refused%%'"


@pytest.fixture(scope="module")
def stages(server, template, tmp_path_factory, quota):
    with recorded(
        server,
        template,
        tmp_path_factory.mktemp("stages"),
        mode=quota,
        odd=False,
        long_albums=[61, 104],
        **SIZE,
    ) as found:
        yield found


def read_again(world, module):
    """As `./run control reset --job` does."""
    job = import_module(module).JOB
    with closing(psycopg2.connect(world.dsn)) as connection:
        for (user_id,) in world.rows("SELECT user_id FROM users"):
            reset(connection, user_id, choose(job, ""), FakeClock().now())


def keys_and_moments(world):
    """table.column → its values, of ids, URIs and what Spotify says when; of numbers only those that are negative, of texts only how long those are that are too long."""
    columns = world.rows(
        "SELECT c.relname, a.attname, t.typname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
        "JOIN pg_type t ON t.oid = a.atttypid WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' "
        "AND a.attnum > 0 AND NOT a.attisdropped AND c.relname <> ALL(%s)",
        [*OF_RUNS, "sync_seen", "library_events", "playlist_items_staged", "refusals"],
    )
    questions = []
    for table, column, kind in columns:
        is_key = kind == "text" and column.endswith(("_id", "_uri", "_key")) and "snapshot" not in column
        if is_key or column in ("liked_at", "added_at", "played_at"):
            questions.append(f"SELECT DISTINCT '{table}.{column}', {column}::text FROM {table}")
        elif kind == "text":
            questions.append(
                f"SELECT '{table}.{column}', length({column})::text FROM {table} WHERE length({column}) > {LONGEST_TEXT}"
            )
        elif kind in ("int4", "int2", "int8"):
            questions.append(f"SELECT '{table}.{column}', {column}::text FROM {table} WHERE {column} < 0")
    found = defaultdict(set)
    for where, value in world.rows(" UNION ALL ".join(questions)):
        found[where].add(value)
    return found


def not_known(world, known):
    """What is stored, and a healthy run would not have, nor has Spotify such a thing; what is unknown is stored as NULL."""
    with world.sim.edit() as library:
        ids = {None, *library.albums, *library.tracks, *library.artists, *library.playlists}
    ids |= known["users.user_id"]
    odd = {where: values - known[where] - ids for where, values in keys_and_moments(world).items()}
    return {where: values for where, values in odd.items() if values}


def primary_keys(world):
    """table → the keys of its rows that are in the library."""
    tables = world.rows(
        "SELECT i.indrelid::regclass::text, array_agg(a.attname::text), bool_or(EXISTS (SELECT FROM pg_attribute r "
        "WHERE r.attrelid = i.indrelid AND r.attname = 'removed_at')) FROM pg_index i "
        "JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey) "
        "JOIN pg_class c ON c.oid = i.indrelid AND c.relnamespace = 'public'::regnamespace "
        "WHERE i.indisprimary AND i.indrelid::regclass::text <> ALL(%s) GROUP BY i.indrelid",
        [*OF_RUNS, "sync_seen", "sync_pauses", "playlist_items_staged", "refusals"],
    )
    questions = [
        f"SELECT '{table}', ROW({', '.join(columns)})::text FROM {table}{' WHERE removed_at IS NULL' * can_go}"
        for table, columns, can_go in tables
    ]
    found = defaultdict(set)
    for table, key in world.rows(" UNION ALL ".join(questions)):
        found[table].add(key)
    return found


def said_once(world, outcome, before):
    """A warning for each thing that was left out."""
    messages = [
        message
        for (message,) in world.rows(
            "SELECT message FROM logs WHERE run_id <> ALL(%s::uuid[]) AND level = 'WARNING'", before
        )
    ]
    items = sum(ITEM in message for message in messages)
    of_albums = sum(int(message.rpartition(OF_ALBUM)[2]) for message in messages if OF_ALBUM in message)
    assert items + of_albums == outcome.tally.bad_items, messages


def checked(world, module, clock, spoiler, known):
    """Run it with what is wrong; nothing of it crashes, is stored, or takes something away. The outcome."""
    before, [(last,)] = (
        primary_keys(world),
        world.rows("SELECT coalesce(array_agg(run_id), '{}') FROM sync_history"),
    )
    world.sim.on_answer = spoiler
    outcome = world.run(module, clock=clock)
    world.sim.on_answer = None
    shown = "\n".join(map(str, spoiler.sent))
    assert world.rows(OF_CRASHES) == [], shown
    assert outcome.status in (Status.DONE, Status.FAILED), f"{outcome.message}\n{shown}"
    odd = not_known(world, known)
    assert odd == {}, f"{odd}\n{shown}"
    after = primary_keys(world)
    gone = {table: keys - after[table] for table, keys in before.items() if keys - after[table]}
    if any(each.kind == "null" and each.place in SAYS_NOTHING for each in spoiler.sent):
        gone.pop("playlist_item_history", None)
    assert not gone, f"{outcome}\n{gone}\n{shown}"
    said_once(world, outcome, last)
    return outcome


@pytest.mark.search("batches", [1], [10_000])
@pytest.mark.search("quota", ["development"], ["development", "extended"], scope="module")
@pytest.mark.search("modules", [ON_SPOTIFY[1::5]], [[module] for module in ON_SPOTIFY], ids=" ".join)
def test_every_field_of_every_answer(
    server, stages, tmp_path, quota, modules, batches, seed, record_property
):
    """In a first run and in later ones; then a healthy run makes everything as it would have been.

    Where nothing is asked for twice (`heals` is false), nothing that every track has is missing then.
    """
    for module in modules:
        record_property(
            "tried", with_hostile_answers(server, stages[module], tmp_path, quota, module, batches, seed)
        )


class Wanted:
    """What is still to be tried, and how much of it beside each other."""

    def __init__(self, payloads):
        self.left, self.at_most, self._most = payloads, len(payloads), len(payloads)

    def note(self, spoiler, *, has_failed):
        """What a run has met. What ends it may keep others from being looked at: then fewer are tried, until one is alone."""
        met = set(spoiler.sent)
        sent = [each for each in self.left if each in met]
        rest = [each for each in self.left if each not in met]
        if has_failed and len(sent) > 1:
            self.at_most, self.left = len(sent) // 2, sent + rest
        elif sent:
            self.at_most, self.left = 2 * self.at_most, rest
        else:  # nobody has asked for these
            self.at_most, self.left = self._most, sorted(rest, key=spoiler.planned.__contains__)


def with_hostile_answers(server, stage, tmp_path, quota, module, batches, seed):
    """What was tried with one script."""
    chance, clock = random.Random(f"{seed} {module}"), FakeClock()
    recorder = Recorder(has_tokens=module == ON_SPOTIFY[0])
    with world_at(server, stage, tmp_path, clock, mode=quota) as healthy:
        healthy.sim.on_answer = recorder
        for _ in range(3):
            read_again(healthy, module)
            healthy.sim.clear_requests()
            assert healthy.run(module, clock=clock).status == Status.DONE
        heals = bool(healthy.asked())
        healthy.change(UNNAMED)
        expected, known = contents(healthy, with_times=False), keys_and_moments(healthy)
        in_lists, lacking = healthy.rows(IN_LISTS), healthy.rows(LACKING)
    found = recorder.payloads()
    chance.shuffle(found)
    runs, wanted = 0, Wanted(sorted(found, key=recorder.is_alone))  # last what leaves no room beside it
    for _ in range(batches if found else 0):
        with world_at(server, stage, tmp_path, clock, mode=quota) as world:
            sent, quiet = [], 0
            for _ in range(RUNS if heals else 1):
                spoiler = Spoiler(recorder.answers, wanted.left, chance, wanted.at_most)
                outcome = checked(world, module, clock, spoiler, known)
                wanted.note(spoiler, has_failed=outcome.status is Status.FAILED)
                read_again(world, module)
                clock.pass_time(seconds=1)  # nothing comes and goes within one moment
                runs += 1
                sent += spoiler.sent
                quiet = 0 if spoiler.sent else quiet + 1
                if not wanted.left or quiet == 2:
                    break
            shown = "\n".join(map(str, sent))
            assert world.run(module, clock=clock).exit_code == 0, shown
            world.change(UNNAMED)
            differs = difference(expected, contents(world, with_times=False))
            # Versions of lists; what was in a list by another answer, and the order of that; notes of a pass that the day's budget has ended.
            for table in ("playlist_mappings", "playlist_item_history", "playlist_versions", "sync_seen"):
                differs.pop(table, None)
            assert (world.rows(IN_LISTS), world.rows(LACKING)) == (in_lists, lacking), shown
            assert not heals or differs == {}, f"{differs}\n{shown}"
        if not wanted.left or not sent:
            break
    return f"{quota} {module}: {len(found) - len(wanted.left):,} of {len(found):,} payloads in {runs} runs"
