"""The folder of the site: a file is written whole, and only where its content is another; what no page needs any more goes."""

import hashlib
from pathlib import Path
from threading import Lock

_INDEX = ".site"  # names what was written and its digest, so that nothing else is ever removed
_DRAFT = ".draft"  # a file that is being written, until it gets its name


class SiteFolder:
    """A folder that is brought up to what is put into it, from several threads if need be. OSError where it cannot be written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._before = self._read_index()
        self._now: dict[str, str] = {}
        self._lock = Lock()

    def put(self, name: str, content: bytes, same_as: bytes | None = None) -> str:
        """Let the file `name` (relative, with slashes) hold `content`: readers see the old file or the new one, never a part.

        `same_as`: what is compared with the build before in place of the content, where a part of that changes with each build.
        Returns what became of it: new, updated or unchanged.
        """
        digest = version_of(content if same_as is None else same_as)
        path = self.path / name
        self._now[name] = digest
        is_new = not path.exists()
        if not is_new and self._before.get(name) == digest:
            return "unchanged"
        with self._lock:
            if name not in self._before:  # a build that is killed has said what it leaves
                self.path.mkdir(parents=True, exist_ok=True)
                with (self.path / _INDEX).open("a", encoding="utf-8") as index:
                    index.write(f"- {name}\n")
            self._write(path, content)
        return "new" if is_new else "updated"

    def keep(self, name: str) -> bool:
        """Say that a file of the build before is still needed as it is; False where it is not there."""
        if name not in self._before or not (self.path / name).exists():
            return False
        self._now.setdefault(name, self._before[name])
        return True

    def finish(self) -> list[str]:
        """Remove what an earlier build has written and this one has not, and nothing else; the names of what went."""
        (self.path / _DRAFT).unlink(missing_ok=True)
        removed = []
        for name in sorted(self._before.keys() - self._now.keys()):
            path = (self.path / name).resolve()
            if path.is_relative_to(self.path.resolve()) and path.is_file():
                path.unlink()
                removed.append(name)
        if self._now != self._before:
            lines = (f"{digest} {name}\n" for name, digest in sorted(self._now.items()))
            self._write(self.path / _INDEX, "".join(lines).encode())
        return removed

    def _write(self, path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path / _DRAFT
        try:
            draft.write_bytes(content)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)

    def _read_index(self) -> dict[str, str]:
        index = self.path / _INDEX
        if not index.exists():
            return {}
        lines = (line.partition(" ") for line in index.read_text(encoding="utf-8").splitlines())
        return {name: digest for digest, _, name in lines}


def version_of(content: bytes) -> str:
    """A short name of a content, which is another as soon as the content is."""
    return hashlib.sha256(content).hexdigest()[:16]
