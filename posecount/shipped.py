"""What posecount ships in ``samples/``: the starter dataset and two clips (see ``samples/README.md``)."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).resolve().parent.parent / "samples"

STARTER_DATASET = _FOLDER / "starter"
"""A Colab folder that counts the common exercises without any teaching; read-only."""

SAMPLE_CLIPS: dict[str, Path] = {"squats": _FOLDER / "squats.mp4", "pushups": _FOLDER / "pushups.mp4"}
"""A rendered clip of eight repetitions per exercise."""
