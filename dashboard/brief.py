"""An answer in brief: the headline and the five figures."""

from __future__ import annotations

import lay_out

from sim.compare.comparison import Comparison
from sim.report.content import Paragraph, content, figures, nothing_differs


def in_brief(compared: Comparison, name: str) -> None:
    """Lay out the headline and the five figures."""
    lay_out.lead(next(piece.text for piece in content(compared, name) if isinstance(piece, Paragraph)))
    if not nothing_differs(compared, name):
        lay_out.figures(figures(compared, name))
