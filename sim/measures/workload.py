"""The Crown Court's backlog weighed by how much court time each open case is expected still to need."""

from __future__ import annotations

import numpy as np

from sim.base import luck
from sim.base.clock import Clock
from sim.measures.registry import BY_GROUP, measure
from sim.measures.view import By, View
from sim.scenario.hours import for_trial


@measure(
    "crown.workload", "Court time that open cases still need, Crown Court", "court hours", "lower", "stock", BY_GROUP
)
def crown_workload(view: View, by: By) -> np.ndarray:
    """Hours of court time that the cases open at the year end would still take, were all called on at once.

    They are means over each case's offence group, by the levers. A case for trial still needs:
        before its plea hearing   the hearing; then the rest of a guilty plea, or what it needs while it waits
        while it waits for trial  the rest of a late plea; or ineffective listings, then a trial, or one that cracks
        after a guilty plea       the sentence hearing
    Others need their hearing for sentence or of an appeal.

    Nobody who waits is dropped before a listing: where waits are long many are, so that in the end the court spends
    less. Who has been listed before counts as likely to plead late as others, though they have not. The stage is read
    from dates, so that a trial in progress takes no more, a plea on the day of trial still owes its sentence hearing,
    and people out on a warrant wait for trial like others.
    """
    hours = [hours_ahead(view, rows, end) for end, rows in zip(view.ends, view.open_in_crown, strict=True)]
    return view.split(by, view.open_in_crown, hours) * view.scale


def hours_ahead(view: View, rows: np.ndarray, end: int) -> np.ndarray:
    """Expected hours that the cases in *rows*, open in the Crown Court on day *end*, still need: array (rows,)."""
    lever, received = view.result.scenario.courts.crown, view.cases["crown_received"][rows]
    pleads, tried = (view.of_group(name, rows) for name in ("crown_plea_share", "crown_tried_share"))
    contested, other = (view.of_group(name, rows) for name in ("crown_hours_contested", "crown_hours_other"))
    ineffective = Clock(view.result.scenario.starts).on(lever.ineffective_share, end)
    needs = for_trial(lever, pleads, tried, contested, other, judge_only_saving(view, rows), ineffective)
    main_hearing, guilty = view.cases["main_hearing"][rows], view.named("outcome", "guilty plea")[rows]
    stages = (
        (view.named("crown_route", "for sentence")[rows], lever.for_sentence_hours),
        (view.named("crown_route", "appeal")[rows], lever.appeal_hours),
        (main_hearing <= end, np.where(guilty, needs.after_plea, 0)),
        (guilty & np.isnan(main_hearing), 0),  # pleaded before day 0
        (received + luck.whole_days(lever.plea_hearing_days) > end, needs.before_plea),
    )
    return np.select([is_at for is_at, _ in stages], [hours for _, hours in stages], needs.waiting)


def judge_only_saving(view: View, rows: np.ndarray) -> np.ndarray:
    """Expected share of a contested case's time saved by trials without a jury, of cases received once they began."""
    law, clock = view.result.scenario.courts.law, Clock(view.result.scenario.starts)
    begins = np.inf if law.judge_only_from == "never" else clock.day(law.judge_only_from)
    either_way = 1 - view.of_group("indictable_share", rows)
    after = view.cases["crown_received"][rows] >= begins
    return np.where(after, either_way * law.judge_only_share * law.judge_only_saving, 0)
