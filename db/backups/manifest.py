"""What stands in a backup beside the rows: manifest.json."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from db.copying.tables import Table
from utils.database.migrate import load_migrations
from utils.errors import SettingsError
from utils.words import counted

FORM = "spotify-library-mirror backup"
VERSION = 1
NAME, ABOUT = "manifest.json", "about.txt"


@dataclass(frozen=True)
class StoredTable:
    """A table of a backup. `rows` and `digest` are of its rows (`Table.digest`), `size` (bytes) and `sha256` of its file."""

    table: Table
    rows: int
    digest: int
    size: int
    sha256: str

    @property
    def file(self) -> str:
        """Where its rows are."""
        return f"tables/{self.table.name}.tsv"


@dataclass(frozen=True)
class Manifest:
    """`made_at`: the moment as of which everything is (UTC). `migrations`: version → (name, checksum), as they were applied."""

    made_at: datetime
    migrations: Mapping[int, tuple[str, str]]
    tables: tuple[StoredTable, ...]

    @property
    def version(self) -> int:
        """Of the schema: its last migration."""
        return max(self.migrations, default=0)

    @property
    def rows(self) -> int:
        """Of all tables."""
        return sum(each.rows for each in self.tables)

    def rows_of(self, name: str) -> int:
        """Of one table."""
        return sum(each.rows for each in self.tables if each.table.name == name)

    def told(self) -> str:
        """What is in it: `a backup of 2026-11-29 07:00 UTC, schema 34: 1 listener, 20 plays`."""
        return (
            f"a backup of {self.made_at:%Y-%m-%d %H:%M} UTC, schema {self.version}: "
            f"{counted(self.rows_of('users'), 'listener')}, {counted(self.rows_of('plays'), 'play')}"
        )

    def to_json(self) -> str:
        """The text of the file."""
        return json.dumps(
            {
                "form": FORM,
                "version": VERSION,
                "made_at": self.made_at.astimezone(UTC).isoformat(),
                "migrations": [
                    {"version": version, "name": name, "checksum": checksum}
                    for version, (name, checksum) in self.migrations.items()
                ],
                "tables": [
                    {
                        "name": each.table.name,
                        "file": each.file,
                        "columns": list(each.table.columns),
                        "rows": each.rows,
                        "digest": str(each.digest),
                        "bytes": each.size,
                        "sha256": each.sha256,
                    }
                    for each in self.tables
                ],
            },
            indent=1,
        )

    @classmethod
    def from_json(cls, text: bytes) -> "Manifest":
        """Read the file. Raises SettingsError for another program's or a newer form, ValueError for a damaged one."""
        told = json.loads(text)
        if not isinstance(told, dict) or told.get("form") != FORM:
            raise SettingsError(
                "The file is no backup of this program.", "Name one that ./run backup has made."
            )
        if told.get("version") != VERSION:
            raise SettingsError(
                f"The backup has the form {told.get('version')!r}, which this checkout does not know.",
                "Update your copy of the repository (git pull) and run again.",
            )
        try:
            manifest = cls(
                made_at=datetime.fromisoformat(told["made_at"]),
                migrations={
                    int(each["version"]): (str(each["name"]), str(each["checksum"]))
                    for each in told["migrations"]
                },
                tables=tuple(
                    StoredTable(
                        Table(str(each["name"]), tuple(map(str, each["columns"]))),
                        int(each["rows"]),
                        int(each["digest"]),
                        int(each["bytes"]),
                        str(each["sha256"]),
                    )
                    for each in told["tables"]
                ),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{type(error).__name__}: {error}") from None
        if list(manifest.migrations) != list(range(1, len(manifest.migrations) + 1)):
            raise ValueError("its migrations are not 1, 2, 3, …")
        return manifest

    def check_schema(self) -> None:
        """Raise SettingsError where this checkout cannot make the schema that the backup is of."""
        known = {each.version: each for each in load_migrations()}
        for version, (name, checksum) in self.migrations.items():
            if version not in known:
                raise SettingsError(
                    f"The backup is of a newer version: its tables were made by {name}, which this checkout does not have.",
                    "Update your copy of the repository (git pull) and run again.",
                )
            if known[version].checksum != checksum:
                raise SettingsError(
                    f"The backup was made with another text of migration {known[version].name}.",
                    "Restore it with the copy of the repository that has made it.",
                )
