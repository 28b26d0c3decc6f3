"""What is told of a comparison, made once: a page's script runs anew at every click, this module stays."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache, lru_cache, wraps
from typing import Any, TypeVar, cast

import lay_out

from sim.compare.comparison import Comparison
from sim.report.beside import beside as _beside
from sim.report.charts import backlog, baselines, one_hundred, under_structures
from sim.report.content import COURTS, Content, answer_in_words, nothing_differs, parts_of_100
from sim.report.content import figures as _figures
from sim.report.content import headline as _headline
from sim.report.content import short_table as _short_table
from sim.report.levers import levers_of
from sim.report.panels import Chart
from sim.report.past import shipped_hindcast
from sim.report.rests_on import what_it_rests_on as _rests_on
from sim.report.swept import along, heat, of_scenario, tornado, turns
from sim.report.swept import rests_on as of_evidence
from sim.report.topics import TOPICS
from sim.report.topics import affected as _affected
from sim.report.topics import topic as _topic
from sim.report.why import why as _why
from sim.scenario.reading import names
from sim.study.export import as_csv
from sim.study.shipped import named_baselines, shipped, ships
from sim.study.swept import Swept, varied_in

UNCERTAIN = "london/uptake-50"  # the scenario whose uncertain levers are looked at
FIRST_COURT = next(iter(COURTS))  # the one that is shown first
_KEPT = 48  # of what is asked for by words or by several names
_RUNS = 16  # answers, beside those that ship
_Tell = TypeVar("_Tell", bound=Callable[..., Any])


def _kept(tell: _Tell) -> _Tell:
    """*Tell*, with what it has told kept: of answers that ship for good, else runs of a busy hour would push them out.

    Of others the last few are kept.
    """
    for_good, for_now = cache(tell), lru_cache(maxsize=_RUNS)(tell)

    @wraps(tell)
    def told(compared: Comparison, *rest: Any) -> Any:
        return (for_good if ships(compared) else for_now)(compared, *rest)

    return cast(_Tell, told)


words = _kept(answer_in_words)
short_table = _kept(_short_table)
figures = _kept(_figures)
headline = _kept(_headline)
why = _kept(_why)
rests_on = _kept(_rests_on)
topic = _kept(_topic)
levers = lru_cache(maxsize=_KEPT)(levers_of)
affected = _kept(_affected)
hindcast = lru_cache(maxsize=2)(shipped_hindcast)


@lru_cache(maxsize=_KEPT)
def sweep(swept: Swept, scenario: str, measure: str, row: str) -> tuple[str, tuple[Chart, ...]]:
    """What a sweep says of a *measure*, and its charts: along the lever *row*, or of each alone if there is none."""
    table = of_scenario(swept, scenario)
    if not row:
        every = levers(UNCERTAIN)
        grades = {one.name: one.grade for one in every}
        return of_evidence(table, measure, grades), (tornado(table, measure, every),)
    others = [lever for lever in varied_in(table) if lever != row]
    drawn = along(table, measure, row, others[0] if others else None)
    crossed = (heat(table, measure, row, others[0]),) if others else ()
    return f"{drawn.title}. {turns(table, measure)}", (*crossed, drawn)


def warm(pause: float = 0.5) -> None:
    """Tell and draw the past and every answer that ships, one after another: a second each, which nobody waits for.

    Args:
        pause: seconds between two, in which pages are answered.
    """
    for blind in (False, True):
        past = hindcast(blind=blind)
        if past:
            lay_out.made(past.chart)
            _ = past.sentences, past.tables
            time.sleep(pause)
    for name in names():
        folder, _, scenario = name.partition("/")
        found = shipped(folder, scenario)
        if found is None or nothing_differs(found, scenario):
            continue
        words(found, scenario)
        for piece in (*charts(found, scenario, folder, FIRST_COURT), *why(found, scenario, FIRST_COURT)):
            if isinstance(piece, Chart):
                lay_out.made(piece)
        for piece in topic(found, scenario, TOPICS[0]):
            if isinstance(piece, Chart):
                lay_out.made(piece)
        time.sleep(pause)


@lru_cache(maxsize=_KEPT)
def beside(answers: tuple[tuple[str, Comparison], ...]) -> Content:
    """What is told of several answers, by name, beside each other."""
    return _beside(dict(answers))


@lru_cache(maxsize=8)
def csv(compared: Comparison) -> str:
    """Every difference, as CSV."""
    return as_csv(compared.rows)


@_kept
def charts(compared: Comparison, name: str, folder: str, court: str) -> list[Chart]:
    """The pictures that an answer rests on: open cases, those under the other baselines of a *folder*, and so on."""
    drawn = [backlog(compared, name, court)]
    others = named_baselines(folder, compared)
    if others:
        drawn.append(baselines(compared, others, court))
    if compared.structures is not None:
        drawn.append(under_structures(compared, name, court))
    parts, scenario = parts_of_100(compared, name), compared.scenarios[name]
    if parts:
        drawn.append(one_hundred(parts, name, scenario.area, f"{scenario.starts.year} to {compared.last_date.year}"))
    return drawn
