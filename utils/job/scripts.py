"""Which jobs there are: those of the scripts, found by their files, since nothing imports a script."""

import re
from functools import cache
from importlib import import_module
from typing import Any

from utils import ROOT
from utils.errors import SettingsError, suggestion
from utils.job.declaration import Entity, Job

FOLDERS = ("db", "api_syncs", "playlists", "reports")
_DECLARES = re.compile(r"^JOB = ", re.MULTILINE)


@cache
def jobs() -> dict[str, Job[Any]]:
    """Every script's job by its name, sorted."""
    modules = [
        f"{folder}.{path.stem}"
        for folder in FOLDERS
        for path in (ROOT / folder).glob("*.py")
        if _DECLARES.search(path.read_text(encoding="utf-8"))
    ]
    found = [import_module(module).JOB for module in modules]
    return {job.name: job for job in sorted(found, key=lambda job: str(job.name))}


def chain_jobs() -> list[str]:
    """The names of the jobs of the daily chain, in its order. Imports none of them."""
    return [step.module.rpartition(".")[2] for step in import_module("api_syncs.chain").CHAIN]


def known_job(name: str) -> Job[Any]:
    """The job of that name. Raises SettingsError that says what was probably meant."""
    if name in jobs():
        return jobs()[name]
    raise _unknown("script", name, list(jobs()))


def known_entity(name: str) -> Entity:
    """What is copied under that name. Raises SettingsError likewise."""
    entities = {entity.name: entity for job in jobs().values() for entity in job.entities}
    if name in entities:
        return entities[name]
    raise _unknown("entity", name, sorted(entities))


def _unknown(kind: str, name: str, known: list[str]) -> SettingsError:
    shown = repr(name if len(name) <= 60 else f"{name[:59]}…")
    return SettingsError(
        f"There is no {kind} {shown}{suggestion(name, known)}.", f"There are: {', '.join(known)}."
    )
