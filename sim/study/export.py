"""Tables for other programs: CSV and Excel, in which no text of a user can turn into a formula."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from sim.compare.comparison import Comparison
from sim.study.whole import write_whole

_FORMULA = ("=", "+", "-", "@")  # that begin a formula in some program
_CONTROL = dict.fromkeys(range(32), " ")  # no line of a file ends within a cell
_MOST_ROWS = 1_048_575  # of a sheet, below its head


def neutral(table: pd.DataFrame) -> pd.DataFrame:
    """The table with an apostrophe before every text that a spreadsheet would take for a formula; numbers stay.

    Source: OWASP, CSV injection.
    """
    texts = [name for name in table.columns if not pd.api.types.is_numeric_dtype(table[name].dtype)]
    safe = table.assign(**{name: table[name].astype(object).map(_neutral) for name in texts})
    return safe.rename(columns={name: _neutral(name) for name in table.columns})


def _neutral(value: object) -> object:
    if not isinstance(value, str):
        return value
    plain = value.translate(_CONTROL)
    return f"'{plain}" if plain.lstrip().startswith(_FORMULA) else plain


def as_csv(table: pd.DataFrame) -> str:
    """The table as CSV with neutral texts."""
    return neutral(table).to_csv(index=False, lineterminator="\n")


def sheets(comparison: Comparison) -> dict[str, pd.DataFrame]:
    """What a workbook of results holds: name of a sheet -> table."""
    provenance = comparison.provenance
    about = {
        "run": provenance.run_id,
        "model": provenance.model,
        "made": provenance.made,
        "command": provenance.command,
        "seeds": len(provenance.seeds),
        "share of people": provenance.share,
        "intervals": f"{100 * provenance.confidence:.3g}%, of {' and '.join(provenance.layers)} alone; "
        "the ways the courts may work are in structures, where they are known",
        **{f"scenario {name}": one.title for name, one in comparison.scenarios.items()},
    }
    found = {
        "about": _listed(about),
        "differences": comparison.table,
        "steps": comparison.steps,
        "balance": comparison.balance,
        "by seed": comparison.measures,
    }
    return found if comparison.structures is None else found | {"structures": comparison.structures}


def _listed(about: Mapping[str, object]) -> pd.DataFrame:
    return pd.DataFrame({"what": list(about), "value": [str(value) for value in about.values()]})


def workbook(tables: Mapping[str, pd.DataFrame]) -> bytes:
    """The *tables* as an Excel workbook with a sheet for each, the same bytes each time.

    Raises:
        ValueError: a table has more rows than a sheet.
    """
    from datetime import UTC, datetime

    written = io.BytesIO()
    how = {
        "options": {
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "in_memory": True,
        }
    }
    with pd.ExcelWriter(written, engine="xlsxwriter", engine_kwargs=how) as writer:
        writer.book.set_properties({"title": "Results of sliproad", "created": datetime(1980, 1, 1, tzinfo=UTC)})
        for name, table in tables.items():
            if len(table) > _MOST_ROWS:
                raise ValueError(f"{name} has {len(table):,} rows; a sheet holds {_MOST_ROWS:,}: export CSV instead")
            safe = neutral(table)
            safe.to_excel(writer, sheet_name=name, index=False, freeze_panes=(1, 0))
            for number, column in enumerate(safe.columns):
                widest = max(len(str(column)), *(len(str(cell)) for cell in safe[column].head(50)), 8)
                writer.sheets[name].set_column(number, number, min(widest, 60))
    return written.getvalue()


def export(comparison: Comparison, path: Path) -> None:
    """Write *comparison* as an Excel workbook (.xlsx), or its differences as CSV (.csv), whole or not at all.

    Raises:
        ValueError: the ending is neither, or a table does not fit into a sheet.
        OSError: it cannot be written.
    """
    _write(path, sheets(comparison), comparison.rows)


def export_table(table: pd.DataFrame, about: Mapping[str, object], path: Path) -> None:
    """Write one *table* as a workbook, with what it is *about* on a sheet of its own, or as CSV.

    Raises:
        ValueError: as `export`.
        OSError: as `export`.
    """
    _write(path, {"about": _listed(about), "results": table}, table)


def _write(path: Path, tables: Mapping[str, pd.DataFrame], rows: pd.DataFrame) -> None:
    makers = {".xlsx": lambda: workbook(tables), ".csv": lambda: as_csv(rows).encode()}
    make = makers.get(path.suffix.lower())
    if make is None:
        raise ValueError(f"{path}: must end in {' or '.join(makers)}")
    write_whole(path, make())
