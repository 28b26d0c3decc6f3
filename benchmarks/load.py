"""Load the planner's page with real websocket sessions, and say how long clicks take and what is left behind.

    python benchmarks/load.py [--minutes 3] [--planners 20] [--soak 60] [--only L1 L3 ...]

Each session speaks the page's own protocol: it opens a page, clicks, thinks, and starts runs of about one second of
CPU. A light click opens the answer of another scenario. In L1, L2 and L9 answers that ship are drawn already. Figures
go to the terminal; nothing is asserted, since a busy machine is slow: quote them with the machine. `--soak` gives the
minutes of L4 (60 for the figure, 480 for eight hours).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np
import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from sim.scenario.reading import names

SCENARIOS = [name for name in names() if name.startswith("london/") and not name.endswith("/baseline")]
PAGES = ("compare", "evidence", "change", "explore", "start")
EVERY = 1.0  # seconds between two looks at a run
SMALL = "years=1&seeds=1&share=0.005"  # two replications of half a second of CPU
MIDDLING = "years=3&seeds=1&share=0.1"  # two replications, some thirteen seconds of CPU both
LONG = "years=5&seeds=8&share=0.1"
IDLE = 10  # per cent of a processor that a server takes when it has nothing to do
ANSWERED = 60.0  # seconds an answer may take before it counts as an error
KEPT = 125  # seconds after which Streamlit has given up a session whose tab was closed, at the next visit


WHOLE = (ForwardMsg.FINISHED_SUCCESSFULLY,)
FRAGMENT = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)
REFUSED = "questions wait already"


class BusyError(Exception):
    """Too many runs wait."""


class Planner:
    """One session of the page."""

    def __init__(self, port: int) -> None:
        self._address = f"ws://localhost:{port}/_stcore/stream"
        self._socket: ClientConnection | None = None
        self.buttons: dict[str, str] = {}
        self.fragment = ""  # the part of the page that asks for itself again and again, where there is one
        self.text = ""
        self._looked = 0.0
        self._pages: dict[str, str] = {}  # name of a page -> what the server calls it

    async def __aenter__(self) -> Planner:
        self._socket = await connect(self._address, subprotocols=["streamlit"], max_size=None)  # type: ignore[list-item]
        return self

    async def __aexit__(self, *error: object) -> None:
        if self._socket:
            await self._socket.close()

    async def click(self, page: str, query: str, button: str = "") -> float:
        """Open *page* with *query*, pressing a *button* by its label; return the seconds until the script has ended."""
        sent = BackMsg()
        self._name(sent, page, query)
        if button:
            state = sent.rerun_script.widget_states.widgets.add()
            state.id, state.trigger_value = self.buttons[button], True
        began = time.monotonic()
        await self._send(sent)
        await asyncio.wait_for(self._until_finished(), ANSWERED)
        return time.monotonic() - began

    async def watch(self, page: str, query: str) -> bool:
        """Ask for the part of the page that shows a run, as a browser does each second; return whether it has ended."""
        if not self.fragment:
            return True
        sent = BackMsg()
        self._name(sent, page, query)
        self._looked = time.monotonic()
        sent.rerun_script.fragment_id, sent.rerun_script.is_auto_rerun = self.fragment, True
        await self._send(sent)
        status = await asyncio.wait_for(self._until_finished(FRAGMENT), ANSWERED)
        return status == ForwardMsg.FINISHED_SUCCESSFULLY and not self.fragment

    def until_next_look(self) -> float:
        """Seconds until a browser asks again: it does so by the clock, however long an answer takes."""
        return max(EVERY - (time.monotonic() - self._looked), 0.0)

    def _name(self, sent: BackMsg, page: str, query: str) -> None:
        """Say which page is asked for: by name at first, as a link does, then by what the server calls it."""
        sent.rerun_script.query_string = query
        if page in self._pages:
            sent.rerun_script.page_script_hash = self._pages[page]
        else:
            sent.rerun_script.page_name = page

    async def _send(self, message: BackMsg) -> None:
        assert self._socket
        await self._socket.send(message.SerializeToString())

    async def _until_finished(self, ends: tuple[int, ...] = WHOLE) -> int:
        """Take what the server sends until a script has ended in one of these ways."""
        assert self._socket
        texts: list[str] = []
        fragment = ""
        while True:
            message = ForwardMsg()
            message.ParseFromString(await self._socket.recv())  # type: ignore[arg-type]
            kind = message.WhichOneof("type")
            if kind == "new_session":
                texts, fragment = [], ""
            elif kind == "navigation":
                self._pages = {one.url_pathname: one.page_script_hash for one in message.navigation.app_pages}
            elif kind == "auto_rerun":
                fragment = message.auto_rerun.fragment_id
            elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
                element = message.delta.new_element
                if element.WhichOneof("type") == "button":
                    self.buttons[element.button.label] = element.button.id
                elif element.WhichOneof("type") == "html":
                    texts.append(element.html.body)
                elif element.WhichOneof("type") == "exception":
                    raise RuntimeError(element.exception.message)
            elif kind == "script_finished" and message.script_finished in ends:
                self.text = "\n".join(texts)
                if message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                    self.fragment = fragment
                return int(message.script_finished)


class Server:
    """The page on a port of its own, with a store of its own, watched from outside."""

    def __init__(self, store: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._store = store
        self.start()

    def start(self) -> float:
        """Start it; return the seconds until the page answers."""
        began = time.monotonic()
        command = [sys.executable, "-m", "sim.cli", "app", "--port", str(self.port)]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = psutil.Popen(command, env=os.environ | {"SLIPROAD_STORE": self._store}, **quiet)
        while True:
            with suppress(OSError):
                urllib.request.urlopen(f"http://localhost:{self.port}/_stcore/health").close()
                return time.monotonic() - began
            time.sleep(0.05)

    def stop(self) -> None:
        """End it and all it started."""
        for one in [*self.process.children(recursive=True), self.process]:
            with suppress(psutil.NoSuchProcess):
                one.kill()
        self.process.wait()

    @property
    def memory(self) -> float:
        """Megabytes of the server process itself."""
        return float(self.process.memory_info().rss) / 1e6

    @property
    def worked(self) -> float:
        """Seconds of CPU that it and the processes it started, as far as they ended, have taken."""
        every = [self.process, *self.process.children(recursive=True)]
        return float(sum(sum(one.cpu_times()[:4]) for one in every))

    @property
    def held(self) -> tuple[int, int]:
        """Threads and open files of the server process."""
        return self.process.num_threads(), self.process.num_fds()

    @property
    def workers(self) -> int:
        """Processes that run replications."""
        children = self.process.children(recursive=True)
        servers = {one.pid for one in self.process.children() if "forkserver" in " ".join(_command(one))}
        return sum(one.ppid() in servers for one in children if one.is_running())


def _command(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []


def changed(number: float) -> str:
    """A question that nobody has asked before."""
    return f"scenario=london/uptake-50;courts.reuse={number:.6f}"


async def light(planner: Planner, turn: int) -> float:
    """A light click: the answer of another scenario, and each third time another page with it."""
    page = PAGES[turn // 3 % len(PAGES)] if turn % 3 == 0 else "answer"
    return await planner.click(page, f"scenario={SCENARIOS[turn % len(SCENARIOS)]}")


async def run(planner: Planner, number: float, size: str = SMALL) -> tuple[float, float]:
    """Start a run; return seconds until the click is answered, and until its answer is there."""
    query, began = f"{changed(number)}&{size}", time.monotonic()
    await planner.click("answer", query)
    clicked = await planner.click("answer", query, "Run in full")
    if REFUSED in planner.text:
        raise BusyError
    while not await planner.watch("answer", query):
        await asyncio.sleep(planner.until_next_look())
        if time.monotonic() - began > 10 * ANSWERED:
            raise TimeoutError
    return clicked, time.monotonic() - began


async def at_work(port: int, who: int, until: float, think: float, heavy: float, kept: dict[str, list[float]]) -> None:
    """A planner at work: thinks, then clicks; some clicks start a run."""
    order = np.random.default_rng(who)
    try:
        async with Planner(port) as planner:
            await asyncio.sleep(order.uniform(0, think))
            turn = 0
            while time.monotonic() < until:
                turn += 1
                if order.uniform() < heavy:
                    with suppress(BusyError):
                        kept["run"].append((await run(planner, order.uniform()))[1])
                else:
                    kept["light"].append(await light(planner, who + turn))
                await asyncio.sleep(order.exponential(think))
    except Exception as error:
        kept["errors"].append(1.0)
        print(f"  planner {who}: {type(error).__name__} {error}", flush=True)


async def together(
    server: Server, planners: int, minutes: float, think: float, heavy: float, first: int = 0
) -> dict[str, list[float]]:
    """So many planners at work at once, numbered from *first* on: each number asks questions of its own."""
    kept: dict[str, list[float]] = {"light": [], "run": [], "errors": []}
    until = time.monotonic() + 60 * minutes
    await asyncio.gather(*(at_work(server.port, first + n, until, think, heavy, kept) for n in range(planners)))
    return kept


def told(seconds: list[float]) -> str:
    """Percentiles in words."""
    if not seconds:
        return "none"
    middle, most, last = np.percentile(seconds, [50, 95, 99])
    return f"{len(seconds)}: median {middle:.2f}, 95% {most:.2f}, 99% {last:.2f}, longest {max(seconds):.2f} s"


def say(kept: dict[str, list[float]]) -> None:
    """Print what a load has shown."""
    print(f"  light clicks {told(kept['light'])}\n  runs {told(kept['run'])}\n  errors {len(kept['errors'])}")


async def l1(server: Server, options: argparse.Namespace) -> None:
    """Twenty planners who think 20 s; three clicks in ten start a run; then as many again, who ask other questions."""
    await drawn(server)
    for turn in range(2):
        before = server.memory
        say(await together(server, options.planners, options.minutes, 20, 0.3, first=turn * options.planners))
        left = await forgotten(server)
        print(f"  memory {before:.0f} MB before, {left:.0f} MB after they left and two minutes")


async def drawn(server: Server) -> None:
    """Open every answer that ships once, and wait until the server has nothing to do."""
    async with Planner(server.port) as first:
        for turn in range(len(SCENARIOS)):
            await light(first, turn)
    while server.process.cpu_percent(2) > IDLE:
        pass


async def forgotten(server: Server) -> float:
    """Megabytes of the server once the sessions that have left are given up, which a visit makes it notice."""
    await asyncio.sleep(KEPT)
    async with Planner(server.port) as last:
        await light(last, 0)
    await asyncio.sleep(5)
    return server.memory


async def l2(server: Server, options: argparse.Namespace) -> None:
    """Five planners each run a question of their own of some thirteen seconds of CPU; others click meanwhile."""
    await drawn(server)
    async with Planner(server.port) as first:
        seconds, alone = server.worked, (await run(first, 0.8, MIDDLING))[1]
    print(f"  one alone {alone:.1f} s, {server.worked - seconds:.1f} s of CPU in all")
    kept: dict[str, list[float]] = {"light": [], "run": [], "errors": []}

    async def one(who: int) -> None:
        async with Planner(server.port) as planner:
            kept["run"].append((await run(planner, 0.9 + who / 100, MIDDLING))[1])

    until = time.monotonic() + 60 * options.minutes
    await asyncio.gather(*(one(n) for n in range(5)), *(at_work(server.port, n, until, 5, 0, kept) for n in range(3)))
    say(kept)


async def l3(server: Server, options: argparse.Namespace) -> None:
    """Fifty idle sessions and ten active ones."""
    idle = [Planner(server.port) for _ in range(50)]
    for n, one in enumerate(idle):
        await one.__aenter__()
        await light(one, n)
    say(await together(server, 10, options.minutes, 10, 0))
    print(f"  memory {server.memory:.0f} MB with 60 sessions")
    for one in idle:
        await one.__aexit__()


async def l4(server: Server, options: argparse.Namespace) -> None:
    """A soak: visits and runs for an hour; memory, threads and files at its end against after the first minutes."""
    await together(server, 5, 2, 2, 0.2)
    before, held = server.memory, server.held
    looking = asyncio.create_task(look(server))
    kept = await together(server, 5, options.soak, 5, 0.2, first=5)
    looking.cancel()
    say(kept)
    print(f"  memory {before:.0f} to {await forgotten(server):.0f} MB; threads, files {held} to {server.held}")


async def look(server: Server, every: float = 300) -> None:
    """Print the memory of the server each five minutes, until it is cancelled."""
    began = time.monotonic()
    while True:
        await asyncio.sleep(every)
        print(f"  after {(time.monotonic() - began) / 60:.0f} minutes {server.memory:.0f} MB", flush=True)


async def l5(server: Server, options: argparse.Namespace) -> None:
    """Twenty quick moves of a slider in one session start no run at all: they are read between computed points."""
    async with Planner(server.port) as planner:
        waits = [
            await planner.click("change", f"scenario=london/uptake-50;diversion.uptake={n / 100}") for n in range(20)
        ]
    print(f"  moves {told(waits)}; worker processes {server.workers}")


async def l6(server: Server, options: argparse.Namespace) -> None:
    """A tab is closed during a run: its workers are gone."""
    planner = Planner(server.port)
    async with planner:
        await planner.click("answer", f"{changed(0.111)}&{LONG}")
        await planner.click("answer", f"{changed(0.111)}&{LONG}", "Run in full")
        await _until(lambda: server.workers > 0)
        await asyncio.sleep(3)
    began = time.monotonic()
    await _until(lambda: server.workers == 0)
    print(f"  workers gone {time.monotonic() - began:.1f} s after the tab was closed")


async def l7(server: Server, options: argparse.Namespace) -> None:
    """A run is cancelled by its button."""
    async with Planner(server.port) as planner:
        await planner.click("answer", f"{changed(0.222)}&{LONG}")
        await planner.click("answer", f"{changed(0.222)}&{LONG}", "Run in full")
        await _until(lambda: server.workers > 0)
        await asyncio.sleep(3)
        await planner.click("answer", f"{changed(0.222)}&{LONG}")
        began = time.monotonic()
        await planner.click("answer", f"{changed(0.222)}&{LONG}", "Cancel the run")
        await _until(lambda: server.workers == 0)
        print(f"  workers gone {time.monotonic() - began:.1f} s after the click")


async def l8(server: Server, options: argparse.Namespace) -> None:
    """Forty sessions press Run at once: those above the cap are refused in words, the others answered in order."""
    refused, waits = 0, []

    async def one(who: int) -> None:
        nonlocal refused
        async with Planner(server.port) as planner:
            query = f"{changed(0.3 + who / 1000)}&{SMALL}"
            await planner.click("answer", query)
            await planner.click("answer", query, "Run in full")
            refused += REFUSED in planner.text
            while not await planner.watch("answer", query):
                await asyncio.sleep(planner.until_next_look())
            waits.append(time.monotonic() - began)

    began = time.monotonic()
    done = await asyncio.gather(*(one(n) for n in range(40)), return_exceptions=True)
    errors = [error for error in done if isinstance(error, BaseException)]
    print(f"  refused in words {refused} of 40; all ended after {max(waits):.0f} s; errors {len(errors)} {errors[:1]}")


async def l9(server: Server, options: argparse.Namespace) -> None:
    """A large run beside light clicks: the clicks are as quick as without it, give or take half."""
    await drawn(server)
    alone = await together(server, 5, 0.5, 2, 0)
    async with Planner(server.port) as planner:
        await planner.click("answer", f"{changed(0.444)}&years=5&seeds=8")
        await planner.click("answer", f"{changed(0.444)}&years=5&seeds=8", "Run in full")
        beside = await together(server, 5, 0.5, 2, 0)
    print(f"  alone {told(alone['light'])}\n  beside {told(beside['light'])}")


async def l10(server: Server, options: argparse.Namespace) -> None:
    """The server is started anew: a result computed before is there again."""
    async with Planner(server.port) as planner:
        await run(planner, 0.555)
    server.stop()
    began = time.monotonic()
    server.start()
    async with Planner(server.port) as planner:
        await planner.click("answer", f"{changed(0.555)}&{SMALL}")
        there = "Not computed yet" not in planner.text
    print(f"  result there again: {there}, {time.monotonic() - began:.1f} s after the stop")


async def l11(server: Server, options: argparse.Namespace) -> None:
    """A cold start, the first page, and an answer seen before."""
    server.stop()
    started = server.start()
    async with Planner(server.port) as planner:
        first = await planner.click("", "")
        waits = [await light(planner, 0) for _ in range(2)]
    print(
        f"  answers after {started:.1f} s, first page {first:.2f} s, an answer {waits[0]:.2f} s, again {waits[1]:.2f} s"
    )


async def _until(true: Callable[[], bool], within: float = 60.0) -> None:
    began = time.monotonic()
    while not true():
        if time.monotonic() - began > within:
            raise TimeoutError
        await asyncio.sleep(0.05)


Load = Callable[[Server, argparse.Namespace], Coroutine[Any, Any, None]]
LOADS: dict[str, Load] = {one.__name__.upper(): one for one in (l1, l2, l3, l4, l5, l6, l7, l8, l9, l10, l11)}


@contextmanager
def served() -> Iterator[Server]:
    """A server with a store of its own."""
    with tempfile.TemporaryDirectory() as store:
        server = Server(store)
        try:
            yield server
        finally:
            server.stop()


def main() -> None:
    """Load it, one figure after another, each on a server of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=3, help="of each load; L1 has two turns of so many")
    parser.add_argument("--planners", type=int, default=20, help="in L1")
    parser.add_argument("--soak", type=float, default=60, help="minutes of L4")
    parser.add_argument("--only", nargs="*", default=list(LOADS), choices=list(LOADS))
    options = parser.parse_args()
    for name in options.only:
        print(f"{name}: {LOADS[name].__doc__}", flush=True)
        with served() as server:
            asyncio.run(LOADS[name](server, options))


if __name__ == "__main__":
    main()
