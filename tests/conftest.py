"""What every test starts with: no store, so that nothing is answered from what an earlier test computed."""

import gc
import os
from pathlib import Path

import pytest

from sim.study.store import Store

os.environ["SLIPROAD_STORE"] = ""


def pytest_collection_finish() -> None:
    """Leave what is there before the first test out of every later collection: each replication ends with a full one.

    With the libraries of all tests loaded a collection took a quarter of a second, and then next to nothing.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store that all workers of this session share: for fixtures whose replications others need too.

    A module's tests may be spread over workers, each of which makes the module's fixtures anew.
    """
    root = tmp_path_factory.getbasetemp()
    is_worker = "PYTEST_XDIST_WORKER" in os.environ
    return Store(Path(root.parent if is_worker else root) / "shared-store")
