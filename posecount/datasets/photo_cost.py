"""What a picture would take to decode, judged by its header and structure before anything is decoded.

Figures per pixel are measured peaks of Pillow and pillow-heif. They keep any picture within `MOST_BYTES`, and its time
within seconds: a small file may claim many pixels, scans, or parts.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from PIL import Image as Pillow

MOST_BYTES = 220_000_000
"""Of memory that decoding may take."""
MAX_PIXELS = 80_000_000
"""The largest phone photos are 50 megapixels."""

_MOST_SEGMENTS = 2_000  # a profile and a depth map take a few hundred; Pillow needs microseconds for each
_MOST_CHUNKS = 20_000  # a file of 50 MB in libpng's chunks of 8 kB has 6,000
_MOST_JUNK = 100_000
_MOST_SCANS = 100  # cameras write 1, progressive files about 10
_MOST_SCANNED_MEGAPIXELS = 3_000  # of all scans together; each takes about a millisecond
_DRAFT_BYTES = 45_000_000  # of a JPEG that is scaled while it is decoded: less than 3200 pixels square
_PER_PIXEL = {"1": 1.5, "L": 1.5, "P": 5, "RGB": 4.4, "I;16": 6, "I;16B": 6, "I": 8}
_OTHER_PNG = 8.5  # transparency is taken away in a copy
_PER_PIXEL_WEBP, _PER_PIXEL_ANIMATED, _PER_PIXEL_HEIF = 17, 21, 8
_PER_ROW = 24  # Pillow keeps an address of each row, and fills it up to four bytes; two copies
_WHOLE = 7  # a copy that is turned upright, and the array


class PhotoError(Exception):
    """A photo cannot be used; the message is the reason.

    Args:
        kind: ``unreadable`` or ``too large``.
        reason: in words.
    """

    def __init__(self, kind: Literal["unreadable", "too large"], reason: str) -> None:
        super().__init__(reason)
        self.kind = kind


class _Frame(NamedTuple):
    """What a JPEG's header says: whether each scan refines the whole picture, and its coefficients' bytes per pixel."""

    progressive: bool
    coefficients: float


def check_structure(data: bytes) -> None:
    """Refuse a file of so many parts that only listing them would take long.

    Raises:
        PhotoError: with the reason.
    """
    if data.startswith(b"\xff\xd8"):
        _jpeg_frame(data)
    elif data.startswith(b"\x89PNG"):
        png_chunks(data)


def check_cost(picture: Pillow.Image, data: bytes, *, whole: bool) -> None:
    """Refuse a picture that would take too much memory or time to decode.

    Args:
        picture: opened, and not decoded.
        data: its file.
        whole: whether it is decoded at its own size.

    Raises:
        PhotoError: with the reason.
    """
    pixels = picture.width * picture.height
    if pixels > MAX_PIXELS:
        raise _too_large(picture, MAX_PIXELS)
    extra = _WHOLE if whole else 0
    if picture.format in ("JPEG", "MPO"):
        frame, scans = _jpeg_frame(data), data.count(b"\xff\xda")  # between scans, FF DA begins one and nothing else
        if scans > _MOST_SCANS or scans * pixels / 1e6 > _MOST_SCANNED_MEGAPIXELS:
            reason = f"{scans:,} scans of {pixels / 1e6:.0f} million pixels take too long to decode"
            raise PhotoError("too large", reason)
        coefficients = frame.coefficients if frame.progressive or scans > 1 else 0
        room = MOST_BYTES if whole else MOST_BYTES - _DRAFT_BYTES
        each = coefficients + (4.2 + extra if whole else 0)
    else:
        room = MOST_BYTES
        each = extra + _bytes_per_pixel(picture) + _PER_ROW / max(picture.width, 1)
    if pixels * each > room - len(data):
        raise _too_large(picture, max(int((room - len(data)) / each), 0))


def _too_large(picture: Pillow.Image, most: int) -> PhotoError:
    return PhotoError(
        "too large",
        f"{picture.width} × {picture.height} pixels; of a {picture.format} file like this, at most "
        f"{most / 1e6:.0f} million are decoded",
    )


def _bytes_per_pixel(picture: Pillow.Image) -> float:
    if picture.format == "WEBP":
        return _PER_PIXEL_ANIMATED if getattr(picture, "is_animated", False) else _PER_PIXEL_WEBP
    if picture.format == "HEIF":
        return _PER_PIXEL_HEIF
    return _OTHER_PNG if "transparency" in picture.info else _PER_PIXEL.get(picture.mode, _OTHER_PNG)


def _jpeg_frame(data: bytes) -> _Frame:
    """Read the segments before the first scan."""
    place, junk = 2, 0
    frame = _Frame(False, 8)
    for _ in range(_MOST_SEGMENTS):
        start = data.find(b"\xff", place)
        while start >= 0 and data[start + 1 : start + 2] in (b"\xff", b"\0") and junk < _MOST_JUNK:
            junk, start = junk + 1, data.find(b"\xff", start + 1)
        junk += max(start - place, 0)
        if junk >= _MOST_JUNK or start < 0 or start + 4 > len(data):
            break
        marker, length = data[start + 1], int.from_bytes(data[start + 2 : start + 4], "big")
        if marker == 0xDA:
            return frame
        if marker == 0x01 or 0xD0 <= marker <= 0xD9:  # these have no content
            place = start + 2
            continue
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            frame = _Frame(marker in (0xC2, 0xC6, 0xCA, 0xCE), _coefficients(data[start + 4 : start + 2 + length]))
        place = start + 2 + length
    else:
        raise PhotoError("unreadable", f"the picture has more than {_MOST_SEGMENTS:,} parts before its first line")
    raise PhotoError("unreadable", "the picture is damaged (it has no scan)")


def _coefficients(header: bytes) -> float:
    """Bytes per pixel of a JPEG's coefficients, two for each, by the sampling of its components."""
    sampling = [(each >> 4, each & 15) for each in header[7::3]]
    largest = max((h for h, _ in sampling), default=1) * max((v for _, v in sampling), default=1)
    return 2 * sum(h * v for h, v in sampling) / max(largest, 1)


def png_chunks(data: bytes) -> set[bytes]:
    """The kinds of a PNG's chunks, and `rest` if something follows the last.

    Raises:
        PhotoError: if there are too many of them.
    """
    kinds: set[bytes] = set()
    place = 8
    for _ in range(_MOST_CHUNKS):
        if place >= len(data) or b"IEND" in kinds:
            return kinds if place == len(data) else kinds | {b"rest"}
        kinds.add(data[place + 4 : place + 8])
        place += 12 + int.from_bytes(data[place : place + 4], "big")
    raise PhotoError("unreadable", f"the picture has more than {_MOST_CHUNKS:,} parts")
