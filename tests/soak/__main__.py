"""Load and soak: the real app, with visitors that stream the sample clip. ``make soak``; see docs/operations.md."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from playwright.sync_api import sync_playwright

from posecount.shipped import SAMPLE_CLIPS
from posecount.tracking.model import model_path
from tests.e2e.camera import write_camera_file
from tests.e2e.driver import ROOT, LivePage, launch, serve

_EVERY_S = 5.0
_WARM_UP = 0.25
"""Share of the samples that the slope of the memory leaves out, 10 minutes at most."""
_TRUTH = 8
"""Squats in the sample clip."""


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
        steady = seconds >= seconds[0] + min(_WARM_UP * (seconds[-1] - seconds[0]), 600)
        slope = np.polyfit(seconds[steady], memory[steady], 1)[0] * 60 if steady.sum() > 2 else float("nan")
        return {
            "memory_mb": float(memory[steady].max()),
            "memory_slope_mb_per_min": float(slope),
            "descriptors": [int(descriptors[0]), int(descriptors.max()), int(descriptors[-1])],
            "threads": [int(threads[0]), int(threads.max()), int(threads[-1])],
            "cores": float((cpu[-1] - cpu[0]) / (seconds[-1] - seconds[0])),
        }


def soak(minutes: float, sessions: int, witness: bool, folder: Path, environment: dict[str, str]) -> dict[str, Any]:
    """Run the app with this many sessions for this long; the witness, a real browser, is one of them."""
    log = folder / "server.log"
    with serve(log, environment, server="streamlit") as url:
        server = Watch(
            next(p for p in psutil.Process().children(recursive=True) if "streamlit" in " ".join(p.cmdline()))
        )
        command = [sys.executable, "-m", "tests.soak.load", url, str(SAMPLE_CLIPS["squats"]), "Squats", str(_TRUTH)]
        command += [str(sessions - witness), str(minutes * 60)]
        lines: dict[str, Any] = {}
        with (
            _witness(url, folder) if witness else _no_witness() as browser,
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
        time.sleep(
            45
        )  # WebRTC takes thirty seconds to notice that a browser is gone, and only then is everything released
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


@contextmanager
def _no_witness() -> Iterator[Any]:
    yield lambda: None


@contextmanager
def _witness(url: str, folder: Path) -> Iterator[Any]:
    """A real browser; its count is right if it is a multiple of the film's squats while the film stands still."""
    camera = folder / "camera.mjpeg"
    write_camera_file(SAMPLE_CLIPS["squats"], camera, before_s=10, after_s=5)
    with sync_playwright() as playwright:
        browser = launch(playwright, camera)
        live = LivePage(browser, url)
        live.press("START")
        live.wait_for(lambda: live.probe()["frames"] > 0, "no picture returns")
        began = time.monotonic()

        def seen() -> dict[str, Any]:
            frames, count, deadline = live.probe()["frames"], live.count("Squats"), time.monotonic() + 60
            elapsed = time.monotonic() - began
            # Until the film stands still: no repetition for six seconds.
            quiet = time.monotonic()
            while time.monotonic() < min(quiet + 6, deadline):
                live.page.wait_for_timeout(500)
                if (now := live.count("Squats")) != count:
                    count, quiet = now, time.monotonic()
            return {
                "returned_per_s": frames / elapsed,
                "count": count,
                "right": count % _TRUTH == 0,
                "moves": live.moves(5),
            }

        yield seen
        browser.close()


def machine() -> str:
    """This machine, in one line."""
    model = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        platform.processor(),
    )
    return (
        f"{model}, {psutil.cpu_count()} cores, {psutil.virtual_memory().total / 2**30:.0f} GiB, {platform.system()} "
        f"{platform.release()}, Python {platform.python_version()}; load before: {os.getloadavg()[0]:.1f}"
    )


def rows(reports: list[dict[str, Any]]) -> str:
    """The reports as a Markdown table."""
    lines = [
        "| sessions | frames a second each | age p50 / p95 of the returned frame, ms | cores | memory, MB "
        "| slope, MB a minute | counts right | one more | errors |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for report in reports:
        visits = [visit for visit in report["visits"] if "loops" in visit]
        loops = [loop for visit in visits for loop in visit["loops"]]
        right = sum(loop["count"] == loop["truth"] for loop in loops)
        rates = " ".join(f"{visit['returned_per_s']:.1f}" for visit in visits)
        ages = " ".join(f"{visit['age_p50_ms']:.0f}/{visit['age_p95_ms']:.0f}" for visit in visits)
        late = "refused" if report["late"] else "let in"
        lines.append(
            f"| {report['sessions']} | {rates} | {ages} | {report['cores']:.2f} | {report['memory_mb']:.0f} | "
            f"{report['memory_slope_mb_per_min']:+.2f} | {right} of {len(loops)} loops | {late} | {report['errors']} |"
        )
        lines += [f"failed: {visit}" for visit in report["visits"] if "loops" not in visit]
        if report["witness"]:
            lines.append(f"\nWitness: {report['witness']}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--sessions", type=int, default=2)
    parser.add_argument("--witness", action="store_true", help="one of the sessions is a real headless Chromium")
    parser.add_argument("--table", action="store_true", help="one run for each number of sessions up to --sessions")
    parser.add_argument("--limit", help="POSECOUNT_MAX_SESSIONS; measured by default")
    parser.add_argument("--json", type=Path, help="write everything here")
    options = parser.parse_args()
    print(f"Machine: {machine()}\n", flush=True)
    reports = []
    for sessions in range(1, options.sessions + 1) if options.table else [options.sessions]:
        with tempfile.TemporaryDirectory(prefix="posecount-") as folder:
            environment = {"POSECOUNT_MODEL": str(model_path()), "POSECOUNT_HOME": f"{folder}/home"}
            environment |= {"POSECOUNT_MAX_SESSIONS": options.limit} if options.limit else {}
            reports.append(soak(options.minutes, sessions, options.witness, Path(folder), environment))
    print(rows(reports))
    for report in reports:
        print(f"\n{report['sessions']} sessions: descriptors {report['descriptors']}, threads {report['threads']}")
        print("\n".join(report["metrics"][-5:]))
    if options.json:
        options.json.write_text(json.dumps({"machine": machine(), "reports": reports}, indent=1))


if __name__ == "__main__":
    main()
