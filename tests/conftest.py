"""What every test starts with: no store, so that nothing is answered from what an earlier test computed."""

import os
from pathlib import Path

import pytest

from sim.study.store import Store

os.environ["SLIPROAD_STORE"] = ""


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store that all workers of this session share: for fixtures whose replications others need too.

    A module's tests may be spread over workers, each of which makes the module's fixtures anew.
    """
    root = tmp_path_factory.getbasetemp()
    is_worker = "PYTEST_XDIST_WORKER" in os.environ
    return Store(Path(root.parent if is_worker else root) / "shared-store")
