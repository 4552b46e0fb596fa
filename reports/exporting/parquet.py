"""Parquet, by Apache's own library, which is installed only where somebody wants it."""

from collections.abc import Iterable
from datetime import tzinfo
from importlib import import_module
from itertools import islice
from typing import Any, BinaryIO

from reports.exporting.account import Account
from reports.exporting.columns import COLUMNS, Column, Type
from reports.exporting.plays import Play
from utils.errors import SettingsError

ROWS_AT_ONCE = 2_000  # that are objects of Python
BATCHES = 10  # that are in memory as Arrow's columns, and then stand together in the file


def check_pyarrow() -> None:
    """Raise SettingsError where the library is not installed."""
    try:
        import_module("pyarrow.parquet")
    except ImportError as error:
        raise SettingsError(
            f"Parquet needs a package that is not installed here ({error}).",
            "Install it with .local/venv/bin/python -m pip install -r requirements-parquet.txt (170 MB on disk); "
            "--form csv needs none.",
        ) from None


def write_parquet(plays: Iterable[Play], out: BinaryIO, account: Account, zone: tzinfo) -> None:
    """One column per COLUMNS, typed: moments in microseconds of UTC, the listener's clock without a zone, lists as lists."""
    pyarrow: Any = import_module("pyarrow")
    parquet: Any = import_module("pyarrow.parquet")
    types = {
        Type.TEXT: pyarrow.string(),
        Type.TEXTS: pyarrow.list_(pyarrow.string()),
        Type.MOMENT: pyarrow.timestamp("us", tz="UTC"),
        Type.LOCAL: pyarrow.timestamp("us"),
        Type.WHOLE: pyarrow.int32(),
        Type.FLAG: pyarrow.bool_(),
    }
    schema = pyarrow.schema([pyarrow.field(column.name, types[column.type]) for column in COLUMNS])
    counted = account.counted(plays)
    with parquet.ParquetWriter(out, schema, compression="zstd") as writer:
        batches: list[Any] = []
        while part := list(islice(counted, ROWS_AT_ONCE)):
            columns = [pyarrow.array(_values(column, part, zone), types[column.type]) for column in COLUMNS]
            batches.append(pyarrow.record_batch(columns, schema=schema))
            if len(batches) == BATCHES:
                writer.write_table(pyarrow.Table.from_batches(batches))
                batches.clear()
        if batches:
            writer.write_table(pyarrow.Table.from_batches(batches))


def _values(column: Column, plays: Iterable[Play], zone: tzinfo) -> list[Any]:
    values = map(column.value, plays)
    if column.type is Type.LOCAL:
        return [value.astimezone(zone).replace(tzinfo=None) for value in values]
    return list(values)
