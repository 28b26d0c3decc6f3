"""An answer in brief: the headline and the five figures."""

from __future__ import annotations

import lay_out
import told

from sim.compare.comparison import Comparison
from sim.report.content import nothing_differs
from sim.study.at_once import Known

MARKS = {  # by how an answer is known, where it is not computed for the very question
    "between": "Read between computed points.",
    "earlier": "Computed with an earlier model.",
}
ADVICE = {
    "between": "Run it in full before you quote it. No briefing is made of it.",
    "earlier": "Run it anew before you quote it. No briefing is made of it.",
}


def mark(known: Known) -> str:
    """Say of figures that are not computed for this very question what they are; lay the advice out."""
    short = MARKS.get(known.how, "")
    if short:
        lay_out.tag(f"{short} {ADVICE[known.how]}")
    return short


def in_brief(compared: Comparison, name: str, mark: str = "") -> None:
    """Lay out the headline and the five figures, each with its *mark*."""
    nothing = nothing_differs(compared, name)
    lay_out.lead(nothing or told.headline(compared, name))
    if not nothing:
        lay_out.figures(told.figures(compared, name), mark)
