"""Import your listening history: the privacy export of Spotify, and what other tools have kept.

./run import my_spotify_data.zip
./run import ~/Downloads/"Spotify Extended Streaming History"
./run import --aside                 which rows were no plays, and why

A zip as Spotify sends it, a folder, or single files: the extended streaming history (Streaming_History_Audio_*.json, formerly
endsong_*.json), the account data of the last year (StreamingHistory_music_*.json), and files of Last.fm, ListenBrainz, Koito,
Maloja and your_spotify. Nothing is asked of Spotify. The same file twice adds nothing, nor do exports that overlap; a play that the
API has told of, too, stays one play. An import that is stopped goes on where it was. docs/history.md says what is kept, and what never.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

from argparse import ArgumentParser
from collections import Counter

import psycopg2.errors

from db.importing.files import Account, Importer
from db.importing.gaps import close_gaps
from db.importing.playlists import add_playlists
from utils.database.statements import statement
from utils.errors import JobError, SettingsError, Stop
from utils.history.found import ASK_FOR_IT, Found, find
from utils.history.names import Kind
from utils.history.rows import Reason
from utils.job.app_settings import load_app_settings_in
from utils.job.lifecycle import leave, main
from utils.job.run import DatabaseJob, Run
from utils.job.users import meant
from utils.words import counted


def work(run: Run) -> None:
    """Look at everything that was given, then import file by file."""
    arguments = run.options.arguments
    with run.transaction() as cursor:
        user_id = meant(cursor, run.clock.now(), run.options.user).user_id
        tolerance_s = load_app_settings_in(cursor, user_id).number("plays.match_tolerance_seconds")
    if arguments.aside:
        say_aside(run, user_id)
        return
    if not arguments.paths:
        raise SettingsError("Nothing was given to import.", ASK_FOR_IT)
    found = find(arguments.paths, needs_history=False)
    for note in found.notes():
        run.log.info("%s", note)
    if found.histories:
        import_files(run, user_id, found, tolerance_s)
    for file in found.library:
        if file.kind is Kind.PLAYLISTS:
            say_playlists(run, add_playlists(run, user_id, file))


def import_files(run: Run, user_id: str, found: Found, tolerance_s: float) -> None:
    """Import the files in their order, and say what became of all their rows; what was done is said also where it was stopped."""
    files = found.histories
    importer = Importer(run, user_id, tolerance_s)
    total, done, together = sum(file.size for file in files), 0, Account()

    def progress(read: int) -> None:
        nonlocal done
        done += read
        run.progress(done // 1_000_000, total // 1_000_000, "MB")

    try:
        for file in files:
            account = importer.import_file(file, progress)
            together.add(account)
            if not account.rows:
                run.log.info("%s holds no rows", file.name)
            run.log.debug("%s: %s", file.name, sentence(account))
    except (JobError, Stop):
        together.add(importer.unfinished)
        finish(run, user_id, together, "kept of what came before the end: ")
        run.log.info("the same command goes on from there")
        raise
    finish(run, user_id, together)
    tighten(run, together)


def finish(run: Run, user_id: str, together: Account, begin: str = "") -> None:
    """Say what became of the rows, close the gaps that whole files cover, and let the planner know the tables."""
    run.log.info("%s%s", begin, sentence(together))
    with run.transaction() as cursor:
        closed, in_part = close_gaps(cursor, user_id, run.clock.now())
    if together.new_plays:
        with run.transaction() as cursor:
            cursor.execute(statement("importing.analyze"))
    if closed or in_part:
        run.log.info("gaps of the play history: %s closed, %s in part", closed, in_part)


def tighten(run: Run, together: Account) -> None:
    """Build the key of plays anew, where so many were older than others that its pages are half empty: a database of 500 MB is soon full."""
    with run.transaction() as cursor:
        cursor.execute(statement("plays.is_key_loose"), {"plays": together.new_plays + together.merged})
        if cursor.fetchone() != (True,):
            return
    try:
        with run.transaction() as cursor:
            cursor.execute(statement("plays.rebuild_key"))
    except (psycopg2.errors.DiskFull, psycopg2.errors.LockNotAvailable) as error:
        why = (
            "there is no room for it" if isinstance(error, psycopg2.errors.DiskFull) else "others are writing"
        )
        run.log.warning("the key of plays takes more room than it has to, and was not built anew: %s", why)


def say_playlists(run: Run, told: Counter[str]) -> None:
    """What the lists of the account data have added."""
    parts = [
        f"{counted(told['entries'], 'former entry', 'former entries')} of {counted(told['told'], 'list')} noted"
    ]
    if told["newer"]:
        parts.append(f"{counted(told['newer'], 'list')} not older than what is known")
    if told["unknown"]:
        parts.append(
            f"{counted(told['unknown'], 'list')} left alone, whose name none or several of your lists have"
        )
    run.log.info("playlists of the account data: %s", "; ".join(parts))


def sentence(account: Account) -> str:
    """What became of the rows, as a sum: `1,200 rows = 1,000 new plays + 150 merged …`."""
    new = counted(account.new_plays, "new play")
    parts = [
        (account.merged, "merged with plays that another source had told of"),
        (account.known, "already known"),
        (account.episodes, "of podcasts and audiobooks"),
        (account.aside, "set aside (./run import --aside says why)"),
    ]
    others = [f"{number:,} {what}" for number, what in parts if number]
    return f"{counted(account.rows, 'row')} = {' + '.join([new, *others])}"


def say_aside(run: Run, user_id: str) -> None:
    """Which rows of the files imported so far are no plays."""
    with run.transaction() as cursor:
        cursor.execute(statement("importing.aside"), {"user_id": user_id})
        rows = cursor.fetchall()
    for name, reason, count, first, last in rows:
        place = f"the first is row {first:,}, the last row {last:,}" if count > 1 else f"row {first:,}"
        run.log.info("%s: %s: %s (%s)", name, counted(count, "row"), reason, place)
    if any(reason == Reason.NO_CONTENT for _, reason, *_ in rows):
        run.log.info("%s: Spotify does not say what was played", Reason.NO_CONTENT)
    if not rows:
        run.log.info("no row was set aside")


def arguments(parser: ArgumentParser) -> None:
    """Add the paths and --aside."""
    parser.add_argument(
        "paths", nargs="*", metavar="PATH", help="a zip, a folder, or a file; several, if wanted"
    )
    parser.add_argument(
        "--aside", action="store_true", help="say which rows were no plays, and why; imports nothing"
    )


JOB = DatabaseJob(
    name="import_streaming_history",
    work=work,
    about=__doc__,
    reads="the files that are given, imports",
    writes="plays, played_tracks, tracks, episode_plays, imports, import_rows_aside, play_gaps, playlist_item_history",
    counts="plays",
    arguments=arguments,
)

if __name__ == "__main__":
    leave(main(JOB))
