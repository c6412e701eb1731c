"""Films before a real Chromium: what is counted where the device tracks, beside what the server counts in the file.

``python -m tests.soak.clips VIDEO ...`` runs it; without videos, with the sample clips of exercises.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from posecount import STARTER_DATASET, PoseClassifier, PoseDataset, PoseTracker, RepetitionPipeline, count_recording
from posecount.shipped import SAMPLE_CLIPS
from posecount.tracking.model import model_path
from tests.e2e.camera import FRAME_RATE, write_camera_file
from tests.e2e.driver import launch, serve
from tests.e2e.test_device_in_browser import DevicePage

_BEFORE_S, _AFTER_S = 8.0, 60.0
"""Seconds that the first picture and the last one stand: START has to be pressed, and the film begins anew."""
_LATE_S = 5.0


def counted_by_the_server(clip: Path) -> dict[str, int]:
    """Exercise → repetitions, of those that are counted in the file."""
    classifier = PoseClassifier(PoseDataset.load(STARTER_DATASET))
    with PoseTracker(model_path()) as tracker:
        recording = count_recording(clip, RepetitionPipeline(tracker, classifier))
    return {name: count for name, count in recording.counts.items() if count}


def counted_on_the_device(clip: Path) -> tuple[dict[str, int], float]:
    """Exercise → repetitions, of those that are counted before the camera; and the frames a second that were sent."""
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        film = Path(name) / "camera.mjpeg"
        write_camera_file(clip, film, _BEFORE_S, _AFTER_S)
        jpegs = film.read_bytes().count(b"\xff\xd8\xff")
        seconds = jpegs / FRAME_RATE - _AFTER_S + _LATE_S
        browser = launch(playwright, film)
        with serve(Path(name) / "server.log", {"POSECOUNT_HOME": f"{name}/home"}, server="streamlit") as url:
            page = DevicePage(browser, url)
            page.start()
            page.page.wait_for_timeout(1000 * seconds)
            frames = len(page.frames())
            counts: dict[str, int] = {}
            for message in page.heard:
                counts |= json.loads(message).get("counts") or {}
            browser.close()
    return {name: count for name, count in counts.items() if count}, frames / seconds


def main() -> None:
    """Print a row for each film."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("videos", nargs="*", type=Path)
    print("| film | tracked on the device | tracked by the server | frames a second |")
    print("|---|---|---|---|")
    for clip in parser.parse_args().videos or [SAMPLE_CLIPS[name] for name in ("squats", "pushups", "curls")]:
        here, rate = counted_on_the_device(clip)
        print(f"| {clip.stem} | {here} | {counted_by_the_server(clip)} | {rate:.1f} |", flush=True)


if __name__ == "__main__":
    main()
