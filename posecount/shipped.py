"""What posecount ships beside its library: the app, the starter dataset and four clips (see ``samples/README.md``).

In a checkout these lie beside the package; a wheel holds them inside it, in ``posecount/_app``.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_INSTALLED = _PACKAGE / "_app"
_FOLDER = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent

APP_SCRIPT = _FOLDER / "streamlit_app.py"
"""The script that Streamlit runs; its pages and ``.streamlit/config.toml`` lie beside it."""

STARTER_DATASET = _FOLDER / "samples" / "starter"
"""A Colab folder that counts the common exercises without any teaching; read-only."""

SAMPLE_CLIPS: dict[str, Path] = {
    name: _FOLDER / "samples" / f"{name}.mp4" for name in ("squats", "pushups", "curls", "planks")
}
"""Rendered clips: eight repetitions of an exercise each, and a plank that is held for eleven seconds."""
