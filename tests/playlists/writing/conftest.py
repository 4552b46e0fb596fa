"""Shared by the tests of the writer: one list in a world, and a record of every state that it was seen in."""

import os
from contextlib import contextmanager

import pytest

from playlists.writing.sync import create_or_adopt, sync_list
from playlists.writing.target import Target
from utils.job.declaration import Options
from utils.job.lifecycle import run_job
from utils.job.spotify_run import SpotifyJob
from utils.mirror.own_playlists import read_own_lists

WRITES = ("POST", "PUT", "DELETE")
NAME = "Mix"
DESCRIPTION = "Tracks that a test wants."


class Killed(BaseException):
    """The process dies here, as far as a test in the same process can have that."""


def job(work):
    """A job that does nothing but this."""
    return SpotifyJob(
        name="test_writer",
        work=work,
        about="a test",
        reads="-",
        writes="-",
        counts="-",
        groups=("playlists", "library"),
    )


def target(uris, slug="mix", **more):
    """A list that wants these URIs."""
    texts = {"name": NAME, "description": DESCRIPTION}
    wanted = uris if callable(uris) else lambda _current: uris
    return Target(slug, **{**texts, "wanted": wanted, **more})


class Writing:
    """A world with a listener, and the writer on it."""

    def __init__(self, world, monkeypatch):
        self.world, self.sim = world, world.sim
        self.patch = monkeypatch
        self.states = []
        self.writes = 0
        self.die_at = None  # (number of a write, "before" or "after")

    def tracks(self, number, start=0):
        """URIs of the catalogue; as many as are asked for are made."""
        with self.sim.edit() as library:
            album = None
            while len(library.tracks) < start + number:
                album = album or library.new_album(tracks=0)
                library.new_track(album_id=album)
            return [f"spotify:track:{track_id}" for track_id in list(library.tracks)[start : start + number]]

    def do(self, work):
        """Run a job; raises what its work raised."""
        caught = []

        def guarded(run):
            try:
                caught.append((work(run), None))
            except Exception as error:
                caught.append((None, error))
                raise

        with self.patch.context() as patch:
            for name in os.environ:
                patch.delenv(name)
            for name, value in self.world.environment().items():
                patch.setenv(name, value)
            self.outcome = run_job(job(lambda run: guarded(self.watched(run))), Options(force=True))
        if not caught:
            raise AssertionError(self.outcome)
        result, error = caught[0]
        if error is not None:
            raise error
        return result

    def watched(self, run):
        """Count the writes to lists, note each state, and die where a test wants that."""
        send = run.spotify.transport._send

        def watching(method, url, group, kwargs):
            if method not in WRITES:
                return send(method, url, group, kwargs)
            self.writes += 1
            if self.die_at == (self.writes, "before"):
                raise Killed
            answer = send(method, url, group, kwargs)
            self.states.append(self.contents())
            if self.die_at == (self.writes, "after"):
                raise Killed
            return answer

        run.spotify.transport._send = watching
        return run

    def sync(self, *targets, dry_run=False):
        """One run over these lists; the result of the last."""

        def work(run):
            lists = read_own_lists(run)
            return [sync_list(run, one, lists, dry_run=dry_run) for one in targets][-1]

        return self.do(work)

    def create(self, one, playlist=None, dry_run=False):
        """One run of create_or_adopt."""
        return self.do(lambda run: create_or_adopt(run, one, read_own_lists(run), playlist, dry_run=dry_run))

    def lists(self, name=NAME):
        """The playlists of that name."""
        with self.sim.edit() as library:
            return [entry for entry in library.playlists.values() if entry.name == name]

    @property
    def playlist_id(self):
        return self.row("playlist_id")[0]

    def contents(self, playlist_id=None):
        """The URIs of the one list."""
        with self.sim.edit() as library:
            if playlist_id is None:
                found = [entry for entry in library.playlists.values() if entry.name.startswith(NAME)]
                return [item.uri or "" for item in found[-1].items] if found else []
            return [item.uri or "" for item in library.playlists[playlist_id].items]

    def row(self, columns, slug="mix"):
        """The row of the mapping."""
        [row] = self.world.rows(f"SELECT {columns} FROM playlist_mappings WHERE slug = %s", slug)
        return row

    @contextmanager
    def asked(self):
        """The requests made inside, as `GET /me/playlists`."""
        self.sim.clear_requests()
        found = []
        yield found
        found += self.world.asked()

    def made_of(self, uris, **more):
        """Make the list hold these, and forget what that took."""
        self.sync(target(uris, **more))
        assert self.contents() == uris
        self.states.clear()
        self.writes = 0


@pytest.fixture
def writing(make_world, monkeypatch):
    """`writing(mode=…)`: a Writing on a world without lists."""

    def make(**size):
        size = {"playlists": 0, "followed": 0, "odd": False, **size}
        return Writing(make_world(**size), monkeypatch)

    return make


def written(asked):
    """Of requests, those that write."""
    return [request for request in asked if request.startswith(WRITES)]
