"""Load by people whom the server tracks: the real app, with visitors that stream the sample clip by WebRTC."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from posecount.shipped import SAMPLE_CLIPS
from tests.e2e.driver import ROOT, serve
from tests.soak.witness import TRUTH, witness_of_server

_EVERY_S = 5.0
_RELEASED_AFTER_S = 45
"""WebRTC takes thirty seconds to notice that a browser is gone, and only then is everything released."""
_WARM_UP = 0.25
"""Share of the samples that the slope of the memory leaves out, 10 minutes at most."""


@dataclass
class Watch:
    """What a process uses, sample by sample: seconds, MB, descriptors, threads, processor seconds."""

    process: psutil.Process
    samples: list[tuple[float, float, int, int, float]] = field(default_factory=list)

    def look(self) -> None:
        with self.process.oneshot():
            times = self.process.cpu_times()
            self.samples.append(
                (
                    time.monotonic(),
                    self.process.memory_info().rss / 1e6,
                    self.process.num_fds(),
                    self.process.num_threads(),
                    times.user + times.system,
                )
            )

    def report(self) -> dict[str, Any]:
        seconds, memory, descriptors, threads, cpu = np.array(self.samples).T
        last = max(len(self.samples) - 2, 1)  # of the run: what follows is long after its end
        steady = seconds >= seconds[0] + min(_WARM_UP * (seconds[-1] - seconds[0]), 600)
        slope = np.polyfit(seconds[steady], memory[steady], 1)[0] * 60 if steady.sum() > 2 else float("nan")
        return {
            "memory_mb": float(memory[steady].max()),
            "memory_slope_mb_per_min": float(slope),
            "descriptors": [int(descriptors[0]), int(descriptors.max()), int(descriptors[-1])],
            "threads": [int(threads[0]), int(threads.max()), int(threads[-1])],
            "cores": float((cpu[last] - cpu[0]) / (seconds[last] - seconds[0])),
        }


def soak(minutes: float, sessions: int, witness: bool, folder: Path, environment: dict[str, str]) -> dict[str, Any]:
    """Run the app with this many sessions for this long; the witness, a real browser, is one of them."""
    log = folder / "server.log"
    with serve(log, environment, server="streamlit") as url:
        server = Watch(
            next(p for p in psutil.Process().children(recursive=True) if "streamlit" in " ".join(p.cmdline()))
        )
        command = [sys.executable, "-m", "tests.soak.load", url, str(SAMPLE_CLIPS["squats"]), "Squats", str(TRUTH)]
        command += [str(sessions - witness), str(minutes * 60)]
        lines: dict[str, Any] = {}
        with (
            witness_of_server(url, folder) if witness else nullcontext(lambda: None) as browser,
            subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as load,
        ):
            assert load.stdout
            os.set_blocking(load.stdout.fileno(), False)
            while load.poll() is None:
                if "began" in lines:
                    server.look()
                time.sleep(_EVERY_S)
                for line in load.stdout.readlines():
                    lines |= json.loads(line)
                    print(f"  {line.strip()[:160]}", file=sys.stderr)
            for line in load.stdout.readlines():
                lines |= json.loads(line)
            seen = browser()
        time.sleep(_RELEASED_AFTER_S)
        server.look()
        report = server.report()
    text = log.read_text()
    report |= {"sessions": sessions, "minutes": minutes, "late": lines.get("late"), "visits": lines.get("visits", [])}
    report |= {"witness": seen, "errors": text.count("Traceback") + text.count("ERROR")}
    report["metrics"] = [
        line.split("posecount.live.server.metrics ")[1]
        for line in text.splitlines()
        if "posecount.live.server.metrics " in line
    ]
    return report


def rows(reports: list[dict[str, Any]]) -> str:
    """The reports as a Markdown table."""
    lines = [
        "| sessions | frames a second each | age p50 / p95 of the returned frame, ms | cores "
        "| ms of processor time a frame | memory, MB | slope, MB a minute | counts right | one more | errors |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for report in reports:
        visits = [visit for visit in report["visits"] if "loops" in visit]
        loops = [loop for visit in visits for loop in visit["loops"]]
        right = sum(loop["count"] == loop["truth"] for loop in loops)
        rates = " ".join(f"{visit['returned_per_s']:.1f}" for visit in visits)
        cost = 1000 * report["cores"] / sum(visit["returned_per_s"] for visit in visits) if visits else float("nan")
        ages = " ".join(f"{visit['age_p50_ms']:.0f}/{visit['age_p95_ms']:.0f}" for visit in visits)
        late = "refused" if report["late"] else "let in"
        lines.append(
            f"| {report['sessions']} | {rates} | {ages} | {report['cores']:.2f} | {cost:.1f} "
            f"| {report['memory_mb']:.0f} | {report['memory_slope_mb_per_min']:+.2f} "
            f"| {right} of {len(loops)} loops | {late} | {report['errors']} |"
        )
        lines += [f"failed: {visit}" for visit in report["visits"] if "loops" not in visit]
        if report["witness"]:
            lines.append(f"\nWitness: {report['witness']}")
    return "\n".join(lines)
