"""Files that are replaced as a whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Yield an empty temporary file beside the target; it replaces the target, or is deleted after an error.

    Raises:
        OSError: if the folder cannot be written to or the disk is full; the target is then as it was.
    """
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.stem[:40]}-", suffix=f".part{target.suffix}")
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb") as file:
            os.fsync(file.fileno())  # otherwise a power cut can leave the new name without content
        temporary.chmod(0o644)  # mkstemp makes it readable by its owner only
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
