"""Measures of money: what the year's events cost public budgets, by bearer, and what reoffences cost society.

All in pounds of `costs.price_year`. Costs are added up in whole pence, so that bearers and groups add to their
total exactly. Two kinds of cost must not be taken for one another:

    avoidable  officers' hours, prosecution, legal aid and the provider: less of it need be bought
    capacity   courts and prisons: rooms, judges and places stay when fewer are used; what is freed is worth
               something only if it is used for something else

The social cost of reoffences is borne by victims and others and is never added to public budgets.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from sim.base.clock import DAYS_A_YEAR, Clock
from sim.measures.registry import TOTAL_ONLY, measure
from sim.measures.view import By, View
from sim.scenario.model import PROVIDER_COSTS, Costs

Pence = Callable[[View, By], np.ndarray]  # (view, breakdowns) -> whole pence as simulated: array (years, parts)


def police(view: View, by: By) -> np.ndarray:
    """Officers' hours on files and on the searches that freed hours pay for. Avoidable."""
    hours = _total("officers", "worked", view, by) + _total("officers", "searching", view, by)
    return _pence(hours * _costs(view).of("police_hour"))


def courts(view: View, by: By) -> np.ndarray:
    """Court time used, at the cost of a sitting day: hours / hours per sitting day x cost. Capacity.

    Rooms, judges and staff are paid whether time is used or idle, so this is what the time used was worth, and time
    that diversion frees and nobody uses saves nothing. Cases decided on paper take no court time and cost nothing here.
    """
    lever, cost = view.result.scenario.courts, _costs(view)
    sittings, clock = view.result.tables["sittings"], Clock(view.result.scenario.starts)
    days = sittings["day"].to_numpy(int)
    pence = np.zeros((len(view.ends), 1), np.int64)
    for court, hours_a_day in (
        ("magistrates", lever.magistrates.hours_per_sitting_day),
        ("crown", lever.crown.hours_per_sitting_day),
    ):
        room_days = sittings["used"].to_numpy() / 60 / clock.by_day(hours_a_day, int(days.max(initial=0)) + 1)[days]
        chosen = (sittings["court"] == court).to_numpy()
        pence += _pence(view.total(by, "sittings", chosen, room_days) * cost.of(f"{court}_sitting_day"))
    return pence


def prosecution(view: View, by: By) -> np.ndarray:
    """Cases that a court closed or sent on in the year, at the mean cost of prosecuting one there. Avoidable."""
    cost = _costs(view)
    return _of_cases(cost.of("prosecution_magistrates"), cost.of("prosecution_crown"), view, by)


def legal_aid(view: View, by: By) -> np.ndarray:
    """The same cases, at the mean cost of legal aid; in the magistrates' courts, of those with a claim. Avoidable."""
    cost = _costs(view)
    return _of_cases(cost.of("legal_aid_magistrates") * cost.legal_aid_share, cost.of("legal_aid_crown"), view, by)


def prison(view: View, by: By) -> np.ndarray:
    """Days people were held, on remand or under sentence, at the cost of a place for a year. Capacity.

    One place freed closes no wing: it is worth its cost only if somebody else is held in it or prisons shrink.
    """
    days = _total("custody", "held_days", view, by)
    return _pence(days / DAYS_A_YEAR * _costs(view).of("prison_place"))


def provider(view: View, by: By) -> np.ndarray:
    """Referrals, and planned sessions of those who start, at the provider's unit costs. Avoidable."""
    scenario = view.result.scenario
    sessions = scenario.disposals[scenario.diversion.disposal].sessions
    pounds = _total("providers", "referred", view, by) * scenario.provider.cost_referral
    pounds += _total("providers", "started", view, by) * sessions * scenario.provider.cost_session
    return _pence(scenario.costs.at_price_year(1, PROVIDER_COSTS) * pounds)


def social(view: View, by: By) -> np.ndarray:
    """Reoffences detected in the year, at the mean cost of one to victims and society; never part of public budgets.

    Each is counted with the case before it, so the parts are those of that case. The first reoffences of people met
    before the first day have no case before them and are left out, on both sides of a difference.
    """
    year = view.year("next_day")
    return _count(np.ones(len(year), bool), year, view, by) * _unit_pence(_costs(view).of("reoffence"))


AVOIDABLE: tuple[Pence, ...] = (police, prosecution, legal_aid, provider)
CAPACITY: tuple[Pence, ...] = (courts, prison)


def together(bearers: tuple[Pence, ...], view: View, by: By) -> np.ndarray:
    """The sum over *bearers*, exact to the penny."""
    return np.add.reduce([bearer(view, by) for bearer in bearers], dtype=np.int64)


def discounted(pence: Pence, view: View, by: By) -> np.ndarray:
    """Present value of the *pence* of all years up to each year end, discounted to the first day.

    Money counts in full in the first year and 1 / (1 + rate) ** n as much n years later (HM Treasury, Green Book).
    """
    years = np.arange(len(view.ends))[:, None]
    return np.cumsum(pence(view, by) / (1 + _costs(view).discount_rate) ** years, axis=0)


def in_pounds(pence: Pence, view: View, by: By) -> np.ndarray:
    """Each year's *pence* as pounds of the whole area."""
    return pence(view, by) * view.scale / 100


avoidable = partial(together, AVOIDABLE)
capacity = partial(together, CAPACITY)
public = partial(together, AVOIDABLE + CAPACITY)

for _name, _label, _pence_of in (
    ("total", "Public money", public),
    ("avoidable", "Avoidable: police, prosecution, legal aid, course", avoidable),
    ("capacity", "Capacity: courts and prisons", capacity),
    ("police", "Police officers' time", police),
    ("courts", "Court time used, at the cost of a sitting day", courts),
    ("prison", "Prison places used", prison),
    ("provider", "The course", provider),
):
    measure(f"cost.{_name}", _label, "pounds", "lower", "flow", TOTAL_ONLY)(partial(in_pounds, _pence_of))
for _name, _label, _pence_of in (
    ("prosecution", "Prosecution", prosecution),
    ("legal_aid", "Legal aid", legal_aid),
    ("social", "Social cost of reoffences, kept apart", social),
):
    measure(f"cost.{_name}", _label, "pounds", "lower", "flow")(partial(in_pounds, _pence_of))
measure("cost.total_discounted", "Public money since day one, discounted", "pounds", "lower", "stock", TOTAL_ONLY)(
    partial(in_pounds, partial(discounted, public))
)
measure("cost.social_discounted", "Social cost since day one, discounted", "pounds", "lower", "stock")(
    partial(in_pounds, partial(discounted, social))
)


def _costs(view: View) -> Costs:
    return view.result.scenario.costs


def _total(table: str, column: str, view: View, by: By) -> np.ndarray:
    return view.total(by, table, np.ones(len(view.result.tables[table]), bool), column)


def _of_cases(magistrates: float, crown: float, view: View, by: By) -> np.ndarray:
    """Cases by the year each court closed or sent them on, at *magistrates* or *crown* pounds each."""
    heard, other = view.named("route", "for trial", "summary"), view.named("crown_route", "for sentence", "appeal")
    pence = _count(heard, view.year("closed"), view, by) * _unit_pence(magistrates)
    pence += _count(view.for_trial, view.year("crown_closed"), view, by) * _unit_pence(crown)
    share = _costs(view).other_crown_share
    return pence + _count(other, view.year("crown_closed"), view, by) * _unit_pence(crown * share)


def _count(chosen: np.ndarray, year: np.ndarray, view: View, by: By) -> np.ndarray:
    return view.count(by, chosen, year).astype(np.int64)


def _unit_pence(pounds: float) -> int:
    return round(100 * pounds)


def _pence(pounds: np.ndarray) -> np.ndarray:
    return np.rint(100 * pounds).astype(np.int64)
