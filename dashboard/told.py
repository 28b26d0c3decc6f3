"""What is told of a comparison, made once: a page's script runs anew at every click, this module stays."""

from __future__ import annotations

from functools import lru_cache

from sim.compare.comparison import Comparison
from sim.report.charts import Chart, backlog, baselines, one_hundred, under_structures
from sim.report.content import content as _content
from sim.report.content import parts_of_100
from sim.report.topics import affected as _affected
from sim.report.topics import topic as _topic
from sim.report.why import why as _why
from sim.study.export import as_csv
from sim.study.shipped import named_baselines

content = lru_cache(maxsize=128)(_content)
why = lru_cache(maxsize=128)(_why)
topic = lru_cache(maxsize=512)(_topic)
affected = lru_cache(maxsize=64)(_affected)


@lru_cache(maxsize=32)
def csv(compared: Comparison) -> str:
    """Every difference, as CSV."""
    return as_csv(compared.rows)


@lru_cache(maxsize=128)
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
