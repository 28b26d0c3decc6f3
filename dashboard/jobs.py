"""Answers and runs that all who have the page open share: known answers, the queue, and what is shown of a run."""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import address
import lay_out
import streamlit as st
from brief import in_brief
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from sim.compare.paired import FEWEST_PAIRS
from sim.scenario.reading import differences
from sim.study.at_once import Known, at_once
from sim.study.jobs import BusyError, Job, Queue, Sweeping, Work
from sim.study.lives import SMALL, Lives, small
from sim.study.plan import Plan
from sim.study.question import Asked, as_text
from sim.study.store import users_store
from sim.study.sweep import Folder

_EVERY, _A_MOMENT = "1s", 0.5  # a look at a run; and seconds of waiting there for the end of a short one
_MOST = 48  # answers held in memory
_MOST_WORLDS = 8  # small worlds held in memory
_computed: dict[Any, Known] = {}
_worlds: dict[str, Lives] = {}
_one_at_a_time = threading.Lock()
CORES = os.cpu_count() or 1
_waiting: WeakKeyDictionary[Work, set[str]] = WeakKeyDictionary()  # sessions that wait for a job


@functools.cache
def queue() -> Queue:
    """The one queue of this server."""
    return Queue(users_store())


def known(asked: Asked, sizes: Mapping[str, Any]) -> Known | None:
    """What is known of a scenario without a run.

    Raises:
        ScenarioError: it cannot be used.
    """
    job = job_of(asked, sizes)
    done = bool(job and job.state == "done")
    key = (as_text(asked), tuple(sorted(sizes.items())), done, bool(job and job.structures))
    if key in _computed:
        return _computed[key]
    run = job.progressed().comparison if done and job else None
    found = Known(run, "computed") if run is not None else at_once(address.question(asked, sizes), queue().store)
    if found:
        while len(_computed) >= _MOST:
            _computed.pop(next(iter(_computed)), None)
        _computed[key] = found
    return found


def worlds(asked: Asked) -> Lives:
    """A small world under the baseline and under a scenario, run apart from this process, once for all who ask.

    Raises:
        ScenarioError: it cannot be used.
    """
    key = as_text(asked)
    with _one_at_a_time:
        if key not in _worlds:
            while len(_worlds) >= _MOST_WORLDS:
                del _worlds[next(iter(_worlds))]
            _worlds[key] = small(address.question(asked, SMALL).study)
        return _worlds[key]


def changes_nothing(asked: Asked, sizes: Mapping[str, Any]) -> bool:
    """Whether a scenario has the same levers as its baseline."""
    before, after = address.question(asked, sizes).study.scenarios.values()
    return not differences(after, before)


def job_of(asked: Asked, sizes: Mapping[str, Any]) -> Job | None:
    """The run of a scenario that is on its way or done: with the other structures, where there is one."""
    question = address.question(asked, sizes)
    return queue().find(question, structures=True) or queue().find(question)


def start(asked: Asked, sizes: Mapping[str, Any], structures: bool) -> None:
    """Put a scenario in the queue; a full queue is said."""
    try:
        command = address.command(asked, sizes, structures)
        _wait_for(queue().submit(address.question(asked, sizes), command, structures))
    except BusyError as error:
        st.session_state["busy"] = str(error)


@st.fragment(run_every=_EVERY)
def watch(asked: Asked, sizes: Mapping[str, Any], name: str) -> None:
    """Show a run on its way: how far it is, what it says so far, and a button to stop it."""
    job = job_of(asked, sizes)
    if job is None:
        return
    _wait_for(job)
    if job.is_short and _is_alone():
        job.wait(_A_MOMENT)
    now = job.progressed()
    if now.state not in ("waiting", "running"):
        st.rerun()
    place = queue().place(job)
    words = f"Waiting: {place} ahead." if now.state == "waiting" else _how_far(now.pairs, now.of, now.seconds_left)
    lay_out.progress(now.share, words)
    if st.button("Cancel the run", key="cancel"):
        job.cancel()
        st.rerun()
    if now.comparison is not None:
        note = "" if now.pairs >= FEWEST_PAIRS else f" The range comes with the fourth pair; {now.pairs} may mislead."
        lay_out.tag(f"From {now.pairs} of {now.of} seeds.{note}")
        in_brief(now.comparison, name)


def start_sweep(plan: Plan, folder: Path) -> None:
    """Put the sweep of a *plan* in the queue, to be kept in *folder*; a full queue or disk is said."""
    try:
        _wait_for(queue().add(Sweeping(Folder(folder, plan, behind=queue().store))))
    except OSError as error:
        st.session_state["busy"] = f"The folder of sweeps cannot be written: {error.strerror}"
    except BusyError as error:
        st.session_state["busy"] = str(error)


@st.fragment(run_every=_EVERY)
def watch_sweep(work: Sweeping) -> None:
    """Show a sweep on its way: how far it is, and a button to stop it."""
    _wait_for(work)
    if work.state not in ("waiting", "running"):
        st.session_state["sweep done"] = work.folder.path.name
        st.rerun()
    place, left = queue().place(work), work.seconds_left
    told = "" if left is None else f", about {lay_out.duration(left)} left"
    lay_out.progress(work.share, f"Waiting: {place} ahead." if work.state == "waiting" else f"Running{told}.")
    if st.button("Cancel the sweep", key="cancel sweep"):
        work.cancel()
        st.rerun()


def _wait_for(job: Work) -> None:
    """Let this session be one of those that wait for *job*: when the last has left, it stops."""
    context = get_script_run_ctx()
    if context is None:
        return
    sessions = _waiting.setdefault(job, set())
    sessions.add(context.session_id)
    job.is_wanted = lambda: not runtime.exists() or any(map(runtime.get_instance().is_active_session, tuple(sessions)))


def _is_alone() -> bool:
    """Whether only this part of the page is drawn, as each second, and not all of it, as after a click."""
    context = get_script_run_ctx()
    return bool(context and context.fragment_ids_this_run)


def _how_far(pairs: int, of: int, seconds: float | None) -> str:
    left = "" if seconds is None else f", about {lay_out.duration(seconds)} left"
    return f"Running: {pairs} of {of} seeds{left}."


def offer(asked: Asked, sizes: Mapping[str, Any], name: str, quick: bool = False) -> None:
    """Offer to run a scenario, or show the run that is on its way: in full, or as a quick look."""
    if busy := st.session_state.pop("busy", ""):
        lay_out.faults([busy])
    for size in (sizes, {**sizes, **address.QUICK}):
        job = job_of(asked, size)
        if job and job.state in ("waiting", "running"):
            watch(asked, size, name)
            return
        if job and job.state == "failed":
            lay_out.faults([f"The run could not be done: {job.progressed().message}"])
        if job and job.state == "cancelled":
            lay_out.paragraph("Cancelled. What was done is kept; running it again goes on from there.")
    found = known(asked, sizes)
    if changes_nothing(asked, sizes) or (found and found.how == "computed" and found.comparison.structures is not None):
        return
    if found and found.how == "computed":
        if st.button("Run it under the other ways the courts may work too", key="run structures"):
            start(asked, sizes, True)
            st.rerun()
        return
    whole = st.checkbox("Also under the other ways the courts may work (some ten times as long)", key="structures")
    if st.button("Run in full", type="primary", key="run"):
        start(asked, sizes, whole)
        st.rerun()
    if quick and st.button("Quick look at a tenth of London", key="quick"):
        start(asked, {**sizes, **address.QUICK}, False)
        st.rerun()
