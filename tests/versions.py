"""Test posecount with the oldest versions that requirements.txt allows, and with the newest on each Python found here.

    python -m tests.versions

Each set of versions gets an environment in ``.venv/versions``, in which the fast tests run and the shipped clip is
counted. This needs a package registry and some minutes a set, so CI does not run it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from posecount.shipped import SAMPLE_CLIPS

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENTS = ROOT / ".venv" / "versions"
SETS = {
    "lowest-3.11": ("3.11", "lowest-direct"),
    "newest-3.11": ("3.11", "highest"),
    "newest-3.12": ("3.12", "highest"),
    "newest-3.13": ("3.13", "highest"),
}
"""Name → Python and how uv resolves."""


def main(names: list[str]) -> None:
    """Try the sets with these names, or all; end with an error if one fails."""
    failed = [name for name in names or SETS if not passes(name, *SETS[name])]
    if failed:
        sys.exit(f"Failed: {', '.join(failed)}")


def passes(name: str, python: str, resolution: str) -> bool:
    """Resolve, install and test one set of versions. A Python that is not here is skipped."""
    if (found := find(python)) is None:
        print(f"{name}: SKIPPED, there is no Python {python} here", flush=True)
        return True
    environment, pins = ENVIRONMENTS / name, ENVIRONMENTS / f"{name}.txt"
    interpreter = environment / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    ENVIRONMENTS.mkdir(parents=True, exist_ok=True)
    # Wheels only: a version that would have to be compiled is not one that people get.
    options = ["--quiet", "--only-binary", ":all:", "--python", str(interpreter)]
    # An old version may warn beside a new one, so with the lowest set warnings are no errors.
    warnings = ["-W", "default"] if resolution == "lowest-direct" else []
    passed = (
        uv("venv", "--quiet", "--clear", "--no-python-downloads", "--python", found, environment)
        and uv("pip", "compile", *options, "--resolution", resolution, "requirements.txt", "--output-file", pins)
        and uv("pip", "install", *options, "-r", "requirements-dev.txt", "--constraint", pins)
        and run(interpreter, "-m", "pytest", "-q", "-n", "2", "-m", "not browser and not tracker", *warnings)
        and run(interpreter, "-m", "posecount", "count", SAMPLE_CLIPS["squats"])
    )
    print(f"{name}: {'passed' if passed else 'FAILED'}", flush=True)
    return passed


def find(python: str) -> Path | None:
    """The interpreter of a Python such as 3.12: on the path, or one that pyenv has, whose shims may refuse to start."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    candidates = [shutil.which(f"python{python}"), *sorted(pyenv.glob(f"{python}.*/bin/python"))]
    works = (each for each in candidates if each and subprocess.run([each, "-V"], capture_output=True).returncode == 0)
    return next((Path(each) for each in works), None)


def uv(*arguments: str | Path) -> bool:
    return run(Path(sys.executable).with_name("uv"), *arguments)


def run(*command: str | Path) -> bool:
    return subprocess.run([str(part) for part in command], cwd=ROOT, stdin=subprocess.DEVNULL).returncode == 0


if __name__ == "__main__":
    main(sys.argv[1:])
