"""Load by people whose own devices track: real page sessions, and senders of the sample clip's landmarks.

``make soak TRACKING=device SESSIONS=100`` runs it; see docs/operations.md.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import struct
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import psutil
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, WebSocketException

from posecount.device.messages import DeviceFrame, encode_frame
from posecount.evaluation.evaluate import landmarks_of
from posecount.shipped import SAMPLE_CLIPS
from posecount.tracking.model import model_path
from tests.e2e.driver import free_port, serve
from tests.e2e.test_replicas_in_browser import proxy
from tests.soak.visitor import Visitor
from tests.soak.webrtc import rows, soak
from tests.soak.witness import TRUTH, DeviceWitness

RATE = 15
_STAND_S = 2.0
"""Seconds that the last pose is held, so that the last repetition ends and its count can be read."""
_WARM_UP_S = 8.0
_APART_S = 4.0
"""Seconds over which the beginnings are spread: people are not in step. A frame that ends a repetition, every two or
three seconds, takes several times as long as others, and so does a refresh of the page, every four with thirty."""
_FILLED_S = 120.0
"""Seconds after which memory should grow no more: sessions keep what they saw in the last minute."""
_TOGETHER = 4
"""Pages that open at once."""
_TIMESTAMP = struct.Struct("<d")
_OFFSET = 8
"""Of a frame's time in its message."""
_WITH_WITNESS = 10
"""Sessions beside which a browser may track: it takes 0.6 of a core."""


def film() -> list[bytes]:
    """The clip's landmarks as messages, at `RATE`, all with time 0."""
    sequence, _ = landmarks_of(SAMPLE_CLIPS["squats"])
    times, poses = np.asarray(sequence.timestamps), [pose for _, pose in sequence.poses()]
    wanted = np.arange(0, times[-1], 1 / RATE)
    chosen = [poses[int(np.abs(times - time).argmin())] for time in wanted]
    chosen += [chosen[-1]] * round(_STAND_S * RATE)
    return [encode_frame(DeviceFrame(0.0, sequence.size, pose)) for pose in chosen]


@dataclass
class Measured:
    """What one sender has seen."""

    sent: int = 0
    answered: list[float] = field(default_factory=list)  # seconds from sending a frame to its answer, if it has one
    counted: list[float] = field(default_factory=list)  # the same, of frames that completed a repetition
    up: int = 0
    down: int = 0
    loops: list[bool] = field(default_factory=list)  # whether the count was right at the end of each
    seconds: float = 0.0


class Device(Visitor):
    """A visitor whose device tracks."""

    def __init__(self, url: str, messages: list[bytes]) -> None:
        super().__init__(url, SAMPLE_CLIPS["squats"], "Squats")
        self._messages = messages
        self._value = {"playing": False}
        self.measured = Measured()
        self.known: dict[str, Any] = {}
        self._sent_at: dict[float, float] = {}
        self._landmarks: ClientConnection | None = None

    def _take(self, message: ForwardMsg) -> None:
        super()._take(message)
        element = message.delta.new_element
        is_component = message.WhichOneof("type") == "delta" and element.WhichOneof("type") == "bidi_component"
        if is_component and "posecount_live" in element.bidi_component.component_name:
            self._component = element.bidi_component.id
            self._arguments = json.loads(element.bidi_component.json)

    async def stream(self, over: asyncio.Event, with_page: bool, after_s: float) -> None:
        """Press START and send landmarks, beginning after some seconds, until it is over."""
        await self.wait_for(lambda: self._arguments, 120)
        await asyncio.sleep(after_s)
        if with_page:
            await self._tell({"playing": True})
        elif self._socket:
            before = self.runs
            await self._run_script()  # which says that there is no time to get ready
            await self.wait_for(lambda: self.runs > before, 90)
            await self._socket.close()
        self._landmarks = await self._connect(self._arguments["socket"], compression=None)
        self._spawn(self._hear(self._landmarks))
        began, number = monotonic(), 0
        while not over.is_set():
            await asyncio.sleep(max(began + number / RATE - monotonic(), 0))
            time = number / RATE
            data = bytearray(self._messages[number % len(self._messages)])
            _TIMESTAMP.pack_into(data, _OFFSET, time)
            self._sent_at[time] = monotonic()
            await self._landmarks.send(bytes(data))
            self.measured.up += len(data) + 8
            number = self.measured.sent = number + 1
            if number % len(self._messages) == 0:
                self._spawn(self._read(number // len(self._messages)))
        self.measured.seconds = monotonic() - began
        await asyncio.sleep(1)

    async def _read(self, loops: int) -> None:
        await asyncio.sleep(0.5)
        self.measured.loops.append(self.known.get("counts", {}).get("squats") == loops * TRUTH)

    async def _hear(self, socket: ClientConnection) -> None:
        with suppress(ConnectionClosed):
            async for data in socket:
                told, now = json.loads(data), monotonic()
                self.known |= told
                self.measured.down += len(data) + 4
                at = told.get("at")
                if at in self._sent_at:
                    age = now - self._sent_at.pop(at)
                    self.measured.answered.append(age)
                    if told.get("completed"):
                        self.measured.counted.append(age)

    async def close(self) -> None:
        if self._landmarks:
            await self._landmarks.close()
        await super().close()


async def load(
    url: str, sessions: int, seconds: float, with_page: bool, servers: Sequence[psutil.Process]
) -> dict[str, Any]:
    """Stream with so many devices; return what was measured, of all servers together."""
    messages = film()
    people = [Device(url, messages) for _ in range(sessions)]
    await warm(people[0])  # the first page loads the dataset
    if len(servers) > 1:  # at each of them
        await asyncio.gather(*(warm(person) for person in people[1:_TOGETHER]))
    empty, over = memory_of(servers), asyncio.Event()
    waiting = [person for person in people if not person.runs]
    for first in range(0, len(waiting), _TOGETHER):
        await asyncio.gather(*(warm(person) for person in waiting[first : first + _TOGETHER]))
    streams = [
        asyncio.ensure_future(person.stream(over, with_page, _APART_S * index / sessions))
        for index, person in enumerate(people)
    ]
    await asyncio.sleep(_WARM_UP_S)
    for person in people:
        person.measured.answered.clear()
        person.measured.counted.clear()
    sent_before = sum(person.measured.sent for person in people)
    before, own, began = cpu(*servers), cpu(psutil.Process()), monotonic()
    memories = []
    while monotonic() < began + seconds:
        memories.append((monotonic(), memory_of(servers)))
        await asyncio.sleep(1)
    passed = monotonic() - began
    spent, sending = cpu(*servers) - before, cpu(psutil.Process()) - own
    frames = sum(person.measured.sent for person in people) - sent_before
    over.set()
    await asyncio.gather(*streams)
    measured = [person.measured for person in people]
    for person in people:
        await person.close()
    answered = np.concatenate([each.answered for each in measured])
    counted = np.concatenate([each.counted for each in measured] or [[np.nan]])
    at, memory = np.array(memories).T
    filled = at >= min(at[0] + _FILLED_S, at[len(at) // 2])
    return {
        "sessions": sessions,
        "rate": float(np.median([each.sent / each.seconds for each in measured])),
        "slowest": float(min(each.sent / each.seconds for each in measured)),
        "p50": 1000 * float(np.percentile(counted, 50)),
        "p95": 1000 * float(np.percentile(counted, 95)),
        "frame_p95": 1000 * float(np.percentile(answered, 95)),
        "cores": spent / passed,
        "sending": sending / passed,
        "ms": 1000 * spent / max(frames, 1),
        "memory": float(memory.max()),
        "each_mb": float((memory.max() - empty) / sessions),
        "slope": float(np.polyfit(at[filled], memory[filled], 1)[0] * 60),
        "right": sum(sum(each.loops) for each in measured),
        "loops": sum(len(each.loops) for each in measured),
        "up": float(np.median([each.up / each.seconds for each in measured])),
        "down": float(np.median([each.down / each.seconds for each in measured])),
    }


async def warm(person: Device) -> None:
    await person.open()
    await person.wait_for(lambda: person._arguments, 120)


def cpu(*processes: psutil.Process) -> float:
    """Seconds of processor time."""
    return sum(sum(each.cpu_times()[:2]) for each in processes)


def memory_of(processes: Sequence[psutil.Process]) -> float:
    """MB."""
    return sum(each.memory_info().rss for each in processes) / 1e6


def logged(folder: Path) -> str:
    return "".join(each.read_text() for each in folder.glob("*.log"))


@contextmanager
def served(folder: Path, replicas: int) -> Iterator[str]:
    """Serve the app from so many processes, behind nginx as in deploy/ where there are several; yield its address."""
    with ExitStack() as stack:
        ports = [free_port() for _ in range(replicas)]
        for port in ports:
            environment = {
                "POSECOUNT_MODEL": str(model_path()),
                "POSECOUNT_HOME": f"{folder}/{port}",  # as a history in SQLite cannot be shared
                "POSECOUNT_TRACKING": "device",
                "POSECOUNT_MAX_DEVICE_SESSIONS": "1000",
            }
            url = stack.enter_context(serve(folder / f"{port}.log", environment, port=port, server="streamlit"))
        yield stack.enter_context(proxy(folder, ports)) if replicas > 1 else url


def row(report: dict[str, Any]) -> str:
    """One row of the table in docs/operations.md."""
    return (
        "| {sessions} | {rate:.1f} | {p50:.0f} / {p95:.0f} | {cores:.2f} | {ms:.2f} | {memory:.0f} | {each_mb:.1f} "
        "| {up:.0f} / {down:.0f} | {right} of {loops} |".format(**report)
    )


HEADER = (
    "| sessions | frames a second each | delay p50 / p95, ms | cores | ms of processor time a frame | memory, MB "
    "| MB a session more | bytes a second up / down | counts right |\n|---|---|---|---|---|---|---|---|---|"
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.soak.device", description=__doc__)
    parser.add_argument("--sessions", type=int, nargs="+", default=[1, 10, 50, 100])
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--without-pages", action="store_true", help="close each page once it has its socket's token")
    parser.add_argument("--witness", action="store_true", help="beside up to ten, a real headless Chromium tracks too")
    parser.add_argument("--webrtc", type=int, default=0, help="then 1, 2, ... people whom the server tracks")
    parser.add_argument("--replicas", type=int, default=1, help="serve from so many processes, behind nginx")
    options = parser.parse_args()
    print(HEADER, flush=True)
    beyond = []
    for sessions in options.sessions:
        with tempfile.TemporaryDirectory(prefix="posecount-") as name, served(Path(name), options.replicas) as url:
            servers = [each for each in psutil.Process().children() if "streamlit" in " ".join(each.cmdline())]
            assert len(servers) == options.replicas
            witness = None
            if options.witness and sessions <= _WITH_WITNESS:
                witness = DeviceWitness(url, Path(name))
                witness.start()
                witness.wait_until_it_streams()
            try:
                report = asyncio.run(load(url, sessions, 60 * options.minutes, not options.without_pages, servers))
            except (WebSocketException, OSError) as error:  # so far behind that it refuses frames, or sockets
                print(f"| {sessions} | do not hold: {error} |\n{logged(Path(name))[-2000:]}", flush=True)
                beyond.append(sessions)
                continue
            finally:
                witnessed = witness and witness.seen()  # it ends
            print(row(report), flush=True)
            print(
                f"  slowest {report['slowest']:.1f} a second; every frame p95 {report['frame_p95']:.0f} ms; senders "
                f"{report['sending']:.2f} cores; slope {report['slope']:+.1f} MB a minute; errors "
                f"{logged(Path(name)).count('Traceback')}",
                f"\n  witness: {witnessed}" if witnessed else "",
                flush=True,
            )
    reports = []
    for sessions in range(1, options.webrtc + 1):
        with tempfile.TemporaryDirectory(prefix="posecount-") as name:
            environment = {"POSECOUNT_HOME": f"{name}/home", "POSECOUNT_MAX_SESSIONS": str(options.webrtc)}
            reports.append(soak(options.minutes, sessions, False, Path(name), environment))
    if reports:
        print(f"\n{rows(reports)}")
    if beyond:
        raise SystemExit(f"The server does not hold {', '.join(map(str, beyond))} sessions.")


if __name__ == "__main__":
    main()
