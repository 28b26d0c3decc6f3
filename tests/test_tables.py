"""The declared tables: every column explained, and every run's tables as declared."""

import numpy as np
import pandas as pd
import pytest
from hand_made import baseline, table

from sim.run.run import run_seed
from sim.world.tables import TABLES, frame

COLUMNS = [(name, column) for name, columns in TABLES.items() for column in columns]


@pytest.fixture(scope="module")
def result():
    return run_seed(baseline(), 1, 1, 0.005)


@pytest.mark.parametrize(("name", "column"), COLUMNS, ids=[f"{name}.{column.name}" for name, column in COLUMNS])
def test_every_column_has_a_meaning_a_unit_and_a_type(name, column):
    assert column.meaning[0].isupper() or column.meaning.startswith(("men", "for trial", "under 18"))
    assert column.unit
    assert column.dtype == "category" or np.dtype(column.dtype).kind in "biuf"


@pytest.mark.parametrize("name", TABLES)
def test_no_column_is_declared_twice_and_the_seed_comes_first(name):
    names = [column.name for column in TABLES[name]]
    assert names[0] == "seed"
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", TABLES)
def test_a_run_gives_the_declared_columns_in_order_and_of_their_types(name, result):
    rows = result.tables[name]
    assert {column.name: column.dtype for column in TABLES[name]} == rows.dtypes.astype(str).to_dict()
    assert list(rows.columns) == [column.name for column in TABLES[name]]
    assert len(rows) > 0
    assert set(rows["seed"]) == {1}


def test_a_run_gives_exactly_the_declared_tables(result):
    assert list(result.tables) == list(TABLES)


def test_only_days_that_have_not_come_are_missing(result):
    """And names of what has not come: no police outcome while undecided, no route before court."""
    for name, rows in result.tables.items():
        missing = {column for column in rows if rows[column].isna().any()}
        days = {column.name for column in TABLES[name] if column.dtype == "float32"}
        assert missing <= days | {"police_outcome", "path_avoided", "would_have", "route", "crown_route"}, name


def test_the_police_would_have_decided_every_case_but_those_that_begin_in_the_crown_court(result):
    cases = result.tables["cases"]
    begins_there = cases["crown_route"].notna() & cases["route"].isna()
    assert cases["would_have"].isna().equals(begins_there)
    assert begins_there.any()


def test_a_table_with_a_column_missing_or_unknown_is_refused():
    whole = {column.name: table("offenders", [{}])[column.name] for column in TABLES["offenders"]}
    with pytest.raises(ValueError, match=r"offenders: columns differ from the declared ones: \['sex'\]"):
        frame("offenders", {name: values for name, values in whole.items() if name != "sex"})
    with pytest.raises(ValueError, match="height"):
        frame("offenders", {**whole, "height": np.ones(1)})


def test_columns_are_put_in_the_declared_order_and_types():
    whole = {column.name: table("sittings", [{"used": 5}])[column.name] for column in TABLES["sittings"]}
    rows = frame("sittings", dict(reversed(whole.items())))
    pd.testing.assert_frame_equal(rows, table("sittings", [{"used": 5}]))
