"""Create the tables, or bring them up to date. Safe to run at any time and by several at once.

Every job does this by itself when it has to; this script is for a first look at a new database.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

from utils.job.lifecycle import leave, main
from utils.job.run import DatabaseJob, Run


def work(run: Run) -> None:
    """The lifecycle has migrated already: say where things stand."""
    with run.transaction() as cursor:
        cursor.execute("SELECT count(*), max(name) FROM schema_migrations")
        count, latest = cursor.fetchone() or (0, "")
    before = run.options.chain.migrations_applied if run.options.chain else 0
    run.tally.new_items = before + run.migrations_applied
    run.tally.unchanged_items = count - run.tally.new_items
    run.log.info("the schema is up to date: %s migrations, the last is %s", count, latest)


JOB = DatabaseJob(
    name="init_db",
    work=work,
    about=__doc__,
    reads="db/migrations/*.sql",
    writes="the schema",
    counts="migrations",
)

if __name__ == "__main__":
    leave(main(JOB))
