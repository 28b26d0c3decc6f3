"""A group of people and a scheme that reaches all of them, for tests of the police and the scheme."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from worlds import MONDAY, NOBODY_REOFFENDS, small

from sim.measures import MEASURES
from sim.measures.ladder import ladder
from sim.measures.view import View
from sim.run.result import Result
from sim.scenario.model import Scenario
from sim.world import World

COURSE = "community_resolution_with_intervention"
DEFERRED = "deferred_prosecution"

# A hundred people a day, none of them a second time: half would be charged, three in ten given a disposal.
GROUP: dict[str, Any] = {
    **{"contacts": 36_525.0, "first_share": 1.0, "charge_share": 0.5, "disposed_share": 0.3, "own_case_share": 1.0},
    **{"excluded_share": 0.0, "victim": False, "find_rate": 0.0, "time_limited": False, "indictable_share": 0.0},
}
# All who are eligible are offered a course that has places for everybody, accept, start and complete it.
EVERYBODY: dict[str, Any] = NOBODY_REOFFENDS | {
    "diversion.starts": MONDAY,
    # As in London; tests.worlds has everybody admit and officers alike.
    **{"people.searched.admits": [0.69, 0.59, 0.64, 0.64, 0.64], "police.victim_objects": 0.1},
    **{"police.charging_spread": 0.05, "police.charging_record": "now", "police.hours_a_week": 4.0},
    **{"diversion.uptake": 1.0, "diversion.acceptance": 1.0, "diversion.attendance": 1.0, "diversion.completion": 1.0},
    **{"diversion.min_age": 10, "diversion.readiness_spread": 0.0, "provider.places_a_week": 1_000_000.0},
}
OUTSIDE = ("community_resolution", "penalty_notice", "simple_caution", "conditional_caution", "outcome_22")
# Nothing the police or the courts do changes who offends again or what follows, and no file waits.
NO_FEEDBACK: dict[str, Any] = {
    **{"courts.crown.remand_either_way": 0.0, "courts.crown.remand_indictable": 0.0},
    **{"police.hours_a_week": 168.0, "police.freed_to_searches": 0.0, "police.charging_record": "none"},
    f"disposals.{COURSE}.later_offers": "always",
}
NO_CUSTODY = {"magistrates_sentences": [1.0, 0, 0, 0, 0, 0], "crown_sentences": [0, 0, 1.0]}
# Charges and disposals take effect the day after they are decided.
AT_ONCE = {f"police.{name}_delay_{kind}": 1.0 for name in ("charge", "disposal") for kind in ("median", "mean")}


def mix(**shares: float) -> dict[str, Any]:
    """Today's disposals in these shares; those left out are not given."""
    return {"police.disposal_mix": dict.fromkeys(OUTSIDE, 0.0) | shares}


def scheme(group: dict[str, Any] | None = None, **changes: Any) -> Scenario:
    """One group, and a scheme that reaches everybody in it but for the changes."""
    return small({"any": GROUP | (group or {})}, **(mix(community_resolution=1.0) | EVERYBODY | changes))


def after(scenario: Scenario, weeks: int = 6, seed: int = 1, audit: bool = False) -> World:
    """The world after so many weeks."""
    world = World(scenario, seed, 1, audit=audit)
    for _ in range(weeks):
        world.step()
    return world


def cases(scenario: Scenario, weeks: int = 6, seed: int = 1) -> pd.DataFrame:
    """Contacts of the first *weeks* weeks, as they then stand."""
    return after(scenario, weeks, seed).tables()["cases"].query("contact_day >= 0")


def measured(world: World, name: str) -> float:
    """One measure of the first year, over the weeks that have passed."""
    result = Result(world.levers, world.replication, 1, world.share, world.tables())
    return float(MEASURES[name].function(View(result), ("all",))[0, 0])


def rungs(world: World) -> pd.Series:
    """The ladder's counts over the weeks that have passed."""
    result = Result(world.levers, world.replication, 1, world.share, world.tables())
    return ladder(result).set_index("measure")["value"]


def same_share(part: np.ndarray | pd.Series, share: float) -> bool:
    """Whether a share of *part* is *share*, within 4 standard deviations of it: missed by chance 6 times in 100,000."""
    return bool(abs(np.mean(part) - share) <= 4 * np.sqrt(share * (1 - share) / len(part)))
