"""`python -m simulator`: serve a made-up account until interrupted."""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import argparse
import signal
import sys
import threading
from pathlib import Path

from simulator.api.call import DEVELOPMENT, EXTENDED
from simulator.exports.repertoire import know_all
from simulator.generation.account import generate
from simulator.server import state
from simulator.server.server import Simulator
from simulator.world.library import Library


def parsed(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m simulator", description="A Spotify Web API on 127.0.0.1 with a made-up account."
    )
    parser.add_argument("--port", type=int, default=8899, help="0 takes a free one (default: %(default)s)")
    parser.add_argument("--mode", choices=(DEVELOPMENT, EXTENDED), default=DEVELOPMENT)
    parser.add_argument("--seed", type=int, default=1, help="another seed gives another account")
    parser.add_argument("--liked", type=int, default=1500, help="number of Liked Songs")
    parser.add_argument("--albums", type=int, default=100, help="number of saved albums")
    parser.add_argument("--plays", type=int, default=400, help="number of plays in the last 90 days")
    parser.add_argument("--latency-ms", type=float, default=0, help="how long each answer takes, at least")
    parser.add_argument(
        "--state", type=Path, metavar="FILE", help="load the account from FILE, or make and keep it there"
    )
    parser.add_argument(
        "--history",
        action="store_true",
        help="let a new account's catalogue know what python -m simulator.exports has it hear",
    )
    parser.add_argument("--empty", action="store_true", help="start with an account that has nothing")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit code."""
    options = parsed(arguments)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        if signal.getsignal(number) is not signal.SIG_IGN:  # by who has started it, and ends it
            signal.signal(number, lambda *_: stop.set())
    try:
        simulator = _simulator(options)
        simulator.start()
    except (OSError, ValueError, KeyError) as error:
        sys.stderr.write(f"cannot start: {error}\n")
        return 1
    sys.stdout.write(f"simulator listening on {simulator.accounts_url}\n")
    for name, value in simulator.environment().items():
        sys.stdout.write(f"export {name}={value}\n")
    sys.stdout.flush()
    stop.wait()
    simulator.stop()
    simulator.save()
    return 0


def _simulator(options: argparse.Namespace) -> Simulator:
    saved = None
    if options.state and options.state.exists():
        library, saved = state.load(options.state)
    elif options.empty:
        library = Library.empty()
    else:
        library = generate(options.seed, options.liked, options.albums, options.plays)
    if options.history and saved is None:
        know_all(library)
    simulator = Simulator(
        library, options.mode, options.latency_ms, port=options.port, state_file=options.state
    )
    if saved is not None:
        state.restore_accounts(simulator.accounts, saved)
    simulator.save()
    return simulator


if __name__ == "__main__":
    sys.exit(main())
