"""Folders: whether they can be used."""

import os
from pathlib import Path


def nearest(folder: Path) -> Path:
    """The folder, or the innermost of those around it that is there. Raises OSError where that cannot be seen."""
    return next(each for each in (folder, *folder.parents) if each.exists())


def why_not_writable(folder: Path) -> str:
    """Why a folder cannot be made or written to; empty where it can."""
    try:
        found = nearest(folder)
        if not found.is_dir():
            return f"{found} is no folder"
    except OSError as error:
        return f"{error.filename or folder} cannot be entered"
    return "" if os.access(found, os.R_OK | os.W_OK | os.X_OK) else f"{found} cannot be written to"
