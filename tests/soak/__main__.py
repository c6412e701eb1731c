"""Load and soak: the real app, with visitors that stream the sample clip. ``make soak``; see docs/operations.md."""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
from pathlib import Path

import psutil

from posecount.tracking.model import model_path
from tests.soak.webrtc import rows, soak


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
