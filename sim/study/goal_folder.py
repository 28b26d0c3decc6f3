"""The folder of a goal: what was looked for and the curve that was run, whole or not at all."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from sim.scenario.reading import load, to_toml
from sim.study.cells import model_version
from sim.study.goal import Answer, Quest, Target, answer_at
from sim.study.whole import write_whole

STAMP, VALUES = "goal.json", "values.csv"


def keep(folder: Path, found: Answer) -> None:
    """Write *found* into *folder*: its scenarios, the values run as CSV, and last what ties them together.

    Raises:
        FileExistsError: the folder holds files that are no goal's.
        OSError: it cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not (folder / STAMP).is_file())):
        raise FileExistsError(f"{folder}: is not the folder of a goal; name a new folder")
    folder.mkdir(parents=True, exist_ok=True)
    quest = found.quest
    sides = {"scenario": quest.scenario} | ({"baseline": quest.baseline} if quest.baseline else {})
    files = {f"{side}.toml": to_toml(scenario).encode() for side, scenario in sides.items()}
    files[VALUES] = found.table.to_csv(index=False, lineterminator="\n").encode()
    told = {
        "model": model_version(),
        "lever": quest.lever,
        "target": asdict(quest.target),
        "between": quest.between,
        "seeds": quest.seeds,
        "years": quest.years,
        "share": quest.share,
        "at": found.at,
        "values": found.values.tolist(),
        "curve": found.curve.tolist(),
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    }
    (folder / STAMP).unlink(missing_ok=True)
    for name, content in files.items():
        write_whole(folder / name, content)
    write_whole(folder / STAMP, (json.dumps(told, indent=1) + "\n").encode())


def read(folder: Path) -> tuple[Answer, str]:
    """Return what the folder of a goal says, and the version of the model that computed it.

    Raises:
        FileNotFoundError: it holds no finished goal.
        OSError: a file has changed since it was written.
    """
    if not (folder / STAMP).is_file():
        raise FileNotFoundError(f"{folder}: no goal here (no {STAMP}); `sliproad goal --out` makes one")
    try:
        told: dict[str, Any] = json.loads((folder / STAMP).read_text(encoding="utf-8"))
        for name, digest in told["files"].items():
            if hashlib.sha256((folder / Path(name).name).read_bytes()).hexdigest() != digest:
                raise ValueError(name)
        return _answer(folder, told), str(told["model"])
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, FileNotFoundError) as error:
        raise OSError(f"{folder}: a file of this goal is changed, damaged or missing; find it again") from error


def _answer(folder: Path, told: dict[str, Any]) -> Answer:
    files = [folder / Path(name).name for name in told["files"] if name.endswith(".toml")]
    scenarios = {path.stem: load(str(path)) for path in files}
    low, high = told["between"]
    quest = Quest(
        scenarios["scenario"],
        told["lever"],
        Target(**told["target"]),
        (low, high),
        tuple(told["seeds"]),
        told["years"],
        told["share"],
        scenarios.get("baseline"),
    )
    values, curve = np.array(told["values"], float), np.array(told["curve"], float)
    is_whole = curve.size and curve.shape == (len(values), len(quest.seeds))
    if not is_whole or not np.isfinite(values).all() or not np.isfinite(curve).all():
        raise ValueError("curve")
    return answer_at(quest, values, curve, told["at"])
