"""A case: what it brings with it, whatever becomes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.world.columns import Ids

if TYPE_CHECKING:
    from sim.world import World


def make(world: World, keys: np.ndarray, groups: np.ndarray, **values: Any) -> Ids:
    """Add a case for each of *keys*, of an offence of *groups*, with other *values*, and return their ids."""
    cases = world.cases.add(len(keys), key=keys, group=groups, **values)
    draw(world, cases)
    return cases


def draw(world: World, cases: Ids) -> None:
    """Draw the officer each case reaches, whether it can be tried by a jury or only so, and whether it is recordable.

    Recordable convictions and cautions count in official reoffending statistics. All are drawn at once, since a case
    is asked for them again and again.
    """
    columns, groups, group = world.cases, world.groups, world.cases.group[cases]
    reaches, for_trial, indictable, recordable = world.luck(_FROM_THE_START, cases)
    columns.officer[cases] = reaches * len(world.officers.team)
    columns.triable[cases] = for_trial < groups.for_trial_share[group]
    columns.indictable[cases] = indictable < groups.indictable_share[group]
    columns.recordable[cases] = recordable < groups.recordable_share[group]


_FROM_THE_START = ("officer", "for trial", "indictable only", "recordable")
