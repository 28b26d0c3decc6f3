"""Several scenarios beside each other, each set against the same baseline."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sim.base.words import number
from sim.compare.comparison import Comparison
from sim.report.content import FIGURES, Content, Paragraph, Row, Table, at_the_end, difference_in_words, headline
from sim.report.levers import in_words
from sim.report.limits import limits_in_short
from sim.report.panels import BLUE, ORANGE, Chart, Dots, DotsPanel
from sim.scenario.lever import levers
from sim.scenario.reading import differences

Answers = Mapping[str, Comparison]  # name of a scenario -> its comparison with the baseline


def beside(answers: Answers) -> Content:
    """Return words, the levers that differ, then the outcomes: differences from the baseline, never among scenarios."""
    said = [Paragraph(name, f"{name}: {headline(one, name)}") for name, one in answers.items()]
    limited = [Paragraph("limits", f"{name}. {limits_in_short(one, name)}") for name, one in answers.items()]
    return [*said, lever_table(answers), outcome_table(answers), *charts(answers), *limited]


def lever_table(answers: Answers) -> Table:
    """The levers in which any of the scenarios differs from the baseline, a column for each."""
    first = next(iter(answers.values()))
    baseline = first.scenarios[first.baseline]
    changed = {name: differences(one.scenarios[name], baseline) for name, one in answers.items()}
    labels = {one.name: one.label for of in answers.items() for one in levers(of[1].scenarios[of[0]])}
    names = list(dict.fromkeys(lever for of_one in changed.values() for lever in of_one))
    rows = []
    for lever in names:
        before = next(of_one[lever][0] for of_one in changed.values() if lever in of_one)
        cells = [in_words(changed[name][lever][1]) if lever in changed[name] else "as baseline" for name in answers]
        rows.append((f"{labels.get(lever, '')} ({lever})", in_words(before), *cells))
    return Table("What each scenario changes", ("", "baseline", *answers), tuple(rows), "")


def outcome_table(answers: Answers) -> Table:
    """The figures that matter most, a column for each scenario: difference from the baseline and its interval."""
    rows = []
    for measure, label in FIGURES.items():
        cells = []
        for name, one in answers.items():
            difference, interval = difference_in_words(at_the_end(one, name, measure))
            cells.append(f"{difference} [{interval}]" if interval else difference)
        rows.append((label, *cells))
    note = (
        "In brackets the interval of chance alone. Two scenarios whose intervals overlap may still differ: they have "
        "the same luck. The range over structures stands in the charts below."
    )
    return Table("Difference from the baseline", ("", *answers), tuple(rows), note)


def charts(answers: Answers) -> list[Chart]:
    """A chart for each of the figures that matter most: dots with ranges, a row for each scenario."""
    return [_chart(answers, measure) for measure in FIGURES]


def _chart(answers: Answers, measure: str) -> Chart:
    rows = {name: at_the_end(one, name, measure) for name, one in answers.items()}
    unit = next(iter(rows.values()))["unit"]
    scale, shown = (100, "percentage points") if unit.startswith("share") else (1, unit)
    ends = [np.array([scale * row[end] for row in rows.values()], float) for end in ("difference", "low", "high")]
    dots = [Dots("by chance alone", BLUE, *ends)]
    over = np.array([_structures(one, name, measure, scale) for name, one in answers.items()], float)
    if not np.isnan(over).all():
        dots.append(Dots("over the ways the courts may work", ORANGE, *over.T))
    first = next(iter(answers.values()))
    area, when = first.scenarios[first.baseline].area, first.last_date
    told = "; ".join(f"{name} {difference_in_words(row)[0]}" for name, row in rows.items())
    return Chart(
        title=_message(FIGURES[measure], rows),
        subtitle=f"Difference from the baseline, {shown}, {area}, end of {when:%B %Y} or the year that ends then",
        alt=f"Dots with ranges of the difference in {FIGURES[measure]} in {area}: {told}.",
        note="Each dot is the scenario as stated, with its interval by chance and its range over structures.",
        panels=(DotsPanel(f"Difference, {shown}", tuple(rows), tuple(dots)),),
    )


def _structures(one: Comparison, name: str, measure: str, scale: float) -> tuple[float, float, float]:
    """The difference as stated with the lowest and the highest under any structure; NaN where they are not known."""
    if one.structures is None:
        return (np.nan, np.nan, np.nan)
    rows = one.structures
    found = scale * rows.loc[(rows["scenario"] == name) & (rows["measure"] == measure), "difference"]
    stated = scale * at_the_end(one, name, measure)["difference"]
    return stated, float(min(found.min(), stated)), float(max(found.max(), stated))


def _message(label: str, rows: Mapping[str, Row]) -> str:
    """Which scenario moves a figure furthest, or that none moves it clearly."""
    clear = {name: row for name, row in rows.items() if not (row["low"] <= 0 <= row["high"])}
    clear = {name: row for name, row in clear.items() if row["difference"]}
    if not clear:
        return f"{label}: no clear difference in any of them"
    name = max(clear, key=lambda one: abs(clear[one]["difference"]))
    row = clear[name]
    change = number(row["difference"], row["unit"], sign=True, fine=row["unit"].startswith("share"))
    return f"{label}: furthest in {name}, {change}{' points' if row['unit'].startswith('share') else ''}"
