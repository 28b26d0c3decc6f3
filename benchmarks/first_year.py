"""Set the first simulated year in London beside published figures; write docs/first-year.md.

python benchmarks/first_year.py
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from sim.measures import take
from sim.run.result import Result
from sim.run.run import run_seed
from sim.scenario.reading import load

_HERE = Path(__file__).parent
_SEEDS = range(1, 5)
_DRUGS = ("cannabis_possession", "other_drug_possession", "drug_supply")
_OUTCOMES = {
    "community_resolutions": ("community_resolution", "community_resolution_with_intervention"),
    "penalty_notices": ("penalty_notice",),
    "cautions": ("simple_caution", "conditional_caution"),
    "outcome_22": ("outcome_22",),
}
_YEAR_END = 364
_HEAD = """# The first simulated year beside what was published

London's baseline at full scale, mean of {seeds} replications of 2026, beside the latest published year or what is
derived from it. Written by `python benchmarks/first_year.py`; sources and grades are in the evidence ledger.
A row more than 5% from its figure is explained below the table.

| Figure | Published or derived | Range | Simulated | Difference | Basis |
|---|---:|---|---:|---:|---|
"""


def simulated(result: Result) -> dict[str, float]:
    """Every row of the table from one replication."""
    weeks, sittings, cases = (result.tables[name] for name in ("weeks", "sittings", "cases"))
    weeks, sittings = weeks[weeks["day"] <= _YEAR_END], sittings[sittings["day"] <= _YEAR_END]
    year = (cases["outcome_day"] >= 0) & (cases["outcome_day"] <= _YEAR_END)
    drugs = cases["group"].isin(_DRUGS)
    is_charged = cases["police_outcome"] == "charge"
    to_crown = cases["crown_received"].between(0, _YEAR_END)
    possession = drugs & (cases["group"] != "drug_supply")
    values = {
        "police.drug_charges": (year & drugs & is_charged).sum(),
        "police.drug_disposals": (year & drugs & ~is_charged & (cases["police_outcome"] != "no action")).sum(),
        **{
            f"police.drug_{outcome.replace(' ', '_')}": (year & drugs & cases["police_outcome"].isin(names)).sum()
            for outcome, names in _OUTCOMES.items()
        },
        "police.possession_no_action": (year & possession & (cases["police_outcome"] == "no action")).sum(),
        "police.possession_cases": (year & possession & is_charged & cases["own_case"]).sum(),
        "magistrates.sent": (to_crown & (cases["crown_route"] == "for trial")).sum(),
        "magistrates.committed": (
            to_crown & (cases["crown_route"] == "for sentence") & cases["first_hearing"].notna()
        ).sum(),
    }
    for court in ("magistrates", "crown"):
        here, sat = weeks[weeks["court"] == court], sittings[sittings["court"] == court]
        flows = here.groupby("route", observed=True)[["received", "closed", "sent_on"]].sum()
        for route, row in flows.iterrows():
            values[f"{court}.received.{str(route).replace(' ', '_')}"] = row["received"]
            values[f"{court}.closed.{str(route).replace(' ', '_')}"] = row["closed"]
        values[f"{court}.closed"] = flows[["closed", "sent_on"]].to_numpy().sum()
        values[f"{court}.open"] = here.loc[here["day"] == _YEAR_END, "closing"].sum()
        values[f"{court}.hours"] = sat["used"].sum() / 60
        values[f"{court}.sitting_days"] = sat["room_days"].sum()
    is_open = (cases["crown_received"] <= _YEAR_END) & ~(cases["crown_closed"] <= _YEAR_END)
    values["crown.open_over_12_months_share"] = (_YEAR_END - cases["crown_received"][is_open] > 365).mean()
    values["crown.custody_share"] = cases["remanded"][is_open & (cases["crown_route"] == "for trial")].mean()
    measures = take(result)
    values["reoffending.proven"] = measures.loc[measures["measure"] == "reoffending.proven_12_months", "value"].iloc[-1]
    return {name: float(value) for name, value in values.items()}


def main() -> None:
    """Run, compare and write the page."""
    runs = [simulated(run_seed(load("london/baseline"), seed, years=3)) for seed in _SEEDS]
    lines, notes = [], []
    with (_HERE.parent / "scenarios" / "london" / "first_year.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            value, published = np.mean([run[row["row"]] for run in runs]), float(row["published"])
            off = value / published - 1
            assert abs(off) <= 0.05 or row["explanation"], f"{row['figure']}: {off:+.1%} and no explanation"
            show = "{:.3f}" if row["unit"] == "share" else "{:,.0f}"
            between = f"{show.format(float(row['low']))} to {show.format(float(row['high']))}" if row["low"] else ""
            cells = (row["figure"], show.format(published), between, show.format(value), f"{off:+.1%}", row["basis"])
            lines.append("| " + " | ".join(cells) + " |\n")
            if abs(off) > 0.05:
                notes.append(f"- **{row['figure']}** ({off:+.0%}): {row['explanation']}.\n")
    page = _HEAD.format(seeds=len(runs)) + "".join(lines) + "\n## Rows more than 5% off\n\n" + "".join(notes)
    (_HERE.parent / "docs" / "first-year.md").write_text(page, encoding="utf-8")
    print(page)


if __name__ == "__main__":
    main()
