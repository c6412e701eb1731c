"""Names from outside, made safe for file systems and CSV files by one rule.

Letters and digits of any script, ``_`` and ``-`` stay; everything else (slashes, commas, line breaks, emoji, dots)
becomes ``_``. File names also keep spaces, dots and round brackets. Names are at most 60 characters long; a longer one
is cut and ends in eight characters of its hash. Windows' reserved names (``CON``) get ``-1``.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Container, Iterable
from pathlib import PurePosixPath

from posecount.errors import DatasetError

_LONGEST = 60
_LONGEST_BYTES = 160  # file systems allow 255 bytes per name, and temporary files add to it
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def safe_name(text: str, what: str = "name") -> str:
    """A class or dataset name by the rule above. A name that is already safe stays as it is.

    Raises:
        DatasetError: if nothing is left.
    """
    safe = _shortened(_replaced(text, "_-").strip("_-"), text)
    if not safe:
        raise DatasetError(f"The {what} {text[:40]!r} has no letter or digit. Try: choose another {what}.")
    return safe


def safe_file_name(text: str) -> str:
    """The last part of a path as the name of an image, by the rule above; `image` if nothing is left."""
    name = PurePosixPath(text.replace("\\", "/")).name
    stem, dot, suffix = _replaced(name, "_-. ()").rstrip(" .").rpartition(".")
    if not dot:
        return _shortened(suffix.strip(" .") or "image", name)
    # Keep the suffix: `..jpg` without its dots would no longer name a picture.
    return _shortened(f"{stem.strip(' .') or 'image'}.{suffix}", name)


def free_name(name: str, taken: Container[str]) -> str:
    """The name itself, or the first of ``name-2``, ``name-3``, … (before the suffix) that is not taken."""
    return _numbered(name, taken, 0)[0]


class FreeNames:
    """Gives each of many names a free one, as `free_name` does, however often the same name comes.

    Args:
        taken: the names that are taken.
    """

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = {name.casefold() for name in taken}
        self._last: dict[str, int] = {}

    def take(self, name: str) -> str:
        """A free name, which is taken from then on."""
        key = name.casefold()
        free, self._last[key] = _numbered(name, self._taken, self._last.get(key, 0))
        self._taken.add(free.casefold())
        return free


def unnumbered(name: str) -> str:
    """The name that `free_name` was asked for when it returned this one, or the name itself."""
    return re.sub(r"-[0-9]+(?=(\.[^.]*)?$)", "", name)


def is_plain(name: str) -> bool:
    """Whether a name from disk or a CSV can be joined to a folder without leading out of it or being hidden.

    Names that are no UTF-8, as old archives leave them, are not: no database or page can show them.
    """
    return (
        bool(name)
        and not any("\ud800" <= character <= "\udfff" for character in name)
        and not name.startswith(".")
        and not set(name) & set("/\\\0\r\n:")
        and len(name.encode(errors="replace")) <= 250
    )


def storable(name: str) -> str:
    """A name from disk as text that databases take: question marks for what is no UTF-8."""
    return name.encode(errors="replace").decode()


def _numbered(name: str, taken: Container[str], last: int) -> tuple[str, int]:
    """The first free name after that of a number, and its number."""
    stem, dot, suffix = name.rpartition(".")
    if not stem:
        stem, dot, suffix = name, "", ""
    number = last + 1
    candidate = name if number == 1 else f"{stem}-{number}{dot}{suffix}"
    while candidate.casefold() in taken:  # some file systems do not tell A from a
        number += 1
        candidate = f"{stem}-{number}{dot}{suffix}"
    return candidate, number


def _replaced(text: str, also: str) -> str:
    if text.isascii() and text.translate({ord(sign): "x" for sign in also}).isalnum():
        return text  # as most are
    kept: list[str] = []
    for character in unicodedata.normalize("NFC", text):
        letter = character.isalnum() or character in also
        # Vowel signs of Indic scripts are marks on a letter; the marks of emoji have no letter.
        mark = unicodedata.category(character) in ("Mn", "Mc") and bool(kept) and kept[-1] != "\0"
        kept.append(character if letter or mark else "\0")
    return re.sub("_*\0[_\0]*", "_", "".join(kept))


def _shortened(name: str, original: str) -> str:
    if _RESERVED.fullmatch(name):
        stem, dot, rest = name.partition(".")
        name = f"{stem}-1{dot}{rest}"
    if len(name) <= _LONGEST and len(name.encode()) <= _LONGEST_BYTES:
        return name
    stem, dot, suffix = name.rpartition(".")
    if not stem or len(suffix) > 5:
        stem, dot, suffix = name, "", ""
    digest = hashlib.sha256(original.encode(errors="replace")).hexdigest()[:8]
    room = _LONGEST - len(digest) - 1 - len(dot + suffix)
    stem = stem[:room].encode()[: _LONGEST_BYTES - 20].decode(errors="ignore")
    return f"{stem}_{digest}{dot}{suffix}"
