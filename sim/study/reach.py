"""What no run can reach: bounds of a scenario that its schema does not hold."""

from __future__ import annotations

from sim.scenario.faults import ScenarioError
from sim.scenario.model import Scenario

_MOST_SKEW = 30  # times its median that the mean of a delay may be
_FIRST_YEAR, _LAST_YEAR = 1900, 2200  # that a run may begin in


def refuse_out_of_reach(name: str, scenario: Scenario) -> None:
    """Refuse a first day out of reach, and delays of which single ones would last for centuries.

    Raises:
        ScenarioError: the message lists every fault.
    """
    police, courts = scenario.police, scenario.courts
    delays = {
        "police.charge_delay": (police.charge_delay_median, police.charge_delay_mean),
        "police.disposal_delay": (police.disposal_delay_median, police.disposal_delay_mean),
        "courts.magistrates.first_hearing": (
            courts.magistrates.first_hearing_median,
            courts.magistrates.first_hearing_mean,
        ),
        "courts.crown.sentence_delay": (courts.crown.sentence_delay_median, courts.crown.sentence_delay_mean),
    }
    faults = [
        f"{name}: {lever}_mean = {mean:g}: must be at most {_MOST_SKEW} times the median, {median:g}: "
        f"{_MOST_SKEW * median:g}"
        for lever, (median, mean) in delays.items()
        if mean > _MOST_SKEW * median
    ]
    if not _FIRST_YEAR <= scenario.starts.year <= _LAST_YEAR:
        faults.append(f"{name}: starts = {scenario.starts}: must lie between {_FIRST_YEAR} and {_LAST_YEAR}")
    if faults:
        raise ScenarioError(faults)
