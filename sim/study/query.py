"""SQL over the tables of a folder of results or of a sweep, with DuckDB; it can only read, and only these tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    import duckdb


class QueryError(ValueError):
    """A question that cannot be answered, in the words of the database."""


def query(folder: Path, sql: str) -> pd.DataFrame:
    """Return what *sql* gives over the Parquet files in *folder*, each a table called as its file is.

    In names of columns a dot becomes an underscore, and a word that SQL reserves has one after it.

    Raises:
        FileNotFoundError: there is no table.
        OSError: a table is damaged.
        QueryError: the question is wrong.
    """
    import duckdb

    files = sorted(folder.glob("*.parquet"))
    if not files:
        raise FileNotFoundError(f"{folder}: no tables here")
    with duckdb.connect(":memory:") as base:
        reserved = {word for (word,) in base.sql(_RESERVED).fetchall()}
        for path in files:
            _take_in(base, path, reserved)
        base.execute("set enable_external_access = false")
        base.execute("set lock_configuration = true")
        try:
            return base.sql(sql).df()
        except AttributeError:
            raise QueryError("the question has no answer; begin it with select") from None
        except duckdb.Error as error:
            raise QueryError(str(error)) from None


def _take_in(base: duckdb.DuckDBPyConnection, path: Path, reserved: set[str]) -> None:
    """Put the table of a file into the database, under the file's name."""
    name = path.stem.replace('"', '""')
    try:
        table = pd.read_parquet(path)
        table.columns = [_sql_name(str(column), reserved) for column in table]
        base.register("read", table)
        base.execute(f'create table "{name}" as select * from read')
        base.unregister("read")
    except Exception:  # of any kind where a file is damaged
        raise OSError(f"{path}: damaged, or no table") from None


_RESERVED = "select keyword_name from duckdb_keywords() where keyword_category = 'reserved'"


def _sql_name(name: str, reserved: set[str]) -> str:
    plain = name.replace(".", "_").replace(" ", "_")
    return f"{plain}_" if plain.lower() in reserved else plain
