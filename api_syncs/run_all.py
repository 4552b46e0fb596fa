"""Run the daily chain: every script in its order, in one process.

A step that fails does not stop the steps that don't need it; the run has failed at the end if any step has.
.github/workflows/00_master_sync.yml runs the same chain, one step per script.
"""

import argparse
import sys
from dataclasses import dataclass
from importlib import import_module

from utils.clock import Clock
from utils.job import Job, Options, add_options, run_job
from utils.report import Outcome, table


@dataclass(frozen=True)
class Step:
    """A script of the chain. `needs`: modules that must not have failed before it."""

    module: str
    needs: tuple[str, ...] = ()


# The order of the day: tracks first, so that a first run is useful within minutes.
CHAIN = (
    Step("db.init_db"),
    Step("api_syncs.track_plays", ("db.init_db",)),
    Step("api_syncs.sync_liked_tracks", ("db.init_db",)),
    Step("api_syncs.sync_saved_albums", ("db.init_db",)),
    Step("api_syncs.sync_album_tracks", ("db.init_db",)),
    Step("api_syncs.materialized_views", ("db.init_db",)),
    Step("playlists.update_dynamic_playlists", ("api_syncs.materialized_views",)),
    Step("reports.build_dashboard", ("api_syncs.materialized_views",)),
)


def run_chain(options: Options) -> list[Outcome]:
    """Run all steps; one outcome each. A signal, or a consent that is over, ends what has not begun."""
    clock = Clock()
    outcomes: list[Outcome] = []
    failed: set[str] = set()
    consent_is_over = False
    for step in CHAIN:
        job: Job = import_module(step.module).JOB
        missing = [need for need in step.needs if need in failed]
        if clock.is_interrupted:
            outcome = Outcome.not_run(job.name, "the chain was stopped")
        elif missing:
            outcome = Outcome.not_run(job.name, f"{', '.join(missing)} failed")
        elif consent_is_over and job.groups:
            outcome = Outcome.not_run(job.name, "Spotify does not let this app in")
        else:
            outcome = run_job(job, options, clock)
        if outcome.exit_code or missing:
            failed.add(step.module)
        consent_is_over = consent_is_over or outcome.exit_code == 3
        outcomes.append(outcome)
    return outcomes


def main() -> int:
    """The command line; returns the highest exit code of the steps."""
    parser = argparse.ArgumentParser(
        description=f"{__doc__}\nreads and writes what its scripts do: {', '.join(step.module for step in CHAIN)}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_options(parser)
    arguments = parser.parse_args()
    outcomes = run_chain(Options(force=arguments.force, verbose=arguments.verbose))
    sys.stdout.write("\n" + table(outcomes))
    return max(outcome.exit_code for outcome in outcomes)


if __name__ == "__main__":
    sys.exit(main())
