"""Photos from outside, decoded safely: upright RGB, of bounded size, without metadata."""

from __future__ import annotations

import io
import warnings
from pathlib import Path, PurePosixPath
from typing import Literal, NamedTuple, cast

import numpy as np
import pillow_heif
from PIL import Image as Pillow
from PIL import ImageOps, JpegImagePlugin

from posecount.jpeg import JPEG_QUALITY, encode_jpeg
from posecount.pose import Image

MAX_FILE_BYTES = 50_000_000
MAX_PHOTO_PIXELS = 80_000_000  # the largest phone photos are 50 megapixels; decoded, this limit is 240 MB
LONGEST_SIDE = 1600
"""Larger photos are stored at this size, in pixels. The pose model scales them to 256."""

PHOTO_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif"})
_SUFFIXES = {"JPEG": (".jpg", ".jpeg"), "PNG": (".png",), "WEBP": (".webp",)}
_PNG_PICTURE = frozenset({b"IHDR", b"PLTE", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"sBIT", b"pHYs", b"IDAT", b"IEND"})
_FORMATS = (*_SUFFIXES, "HEIF")
_INTACT_SIDE = 160

pillow_heif.register_heif_opener()


class PhotoError(Exception):
    """A photo cannot be used; the message is the reason.

    Args:
        kind: ``unreadable`` or ``too large``.
        reason: in words.
    """

    def __init__(self, kind: Literal["unreadable", "too large"], reason: str) -> None:
        super().__init__(reason)
        self.kind = kind


class StoredPhoto(NamedTuple):
    """A photo as it goes into a dataset.

    Attributes:
        image: RGB uint8 (height, width, 3), upright.
        data: the same as a file.
        name: its name, with the suffix of its format.
    """

    image: Image
    data: bytes
    name: str


def store_photo(data: bytes, name: str) -> StoredPhoto:
    """Decode a JPEG, PNG, WebP or HEIC file for a dataset.

    A file that is upright, not too large and holds nothing but a picture stays as it is. Any other is turned upright,
    scaled to `LONGEST_SIDE` and written as a new JPEG, without the place where it was taken.

    Raises:
        PhotoError: if it is not a picture, is damaged, or is too large; a photo that is too large is not decoded.
    """
    with _open(data) as picture:
        suffixes = _SUFFIXES.get(picture.format or "", ())
        keep = bool(suffixes) and max(picture.size) <= LONGEST_SIDE and _is_bare(data, picture)
        image = _pixels(picture, LONGEST_SIDE)
    path = PurePosixPath(name)
    if not keep:
        return StoredPhoto(image, encode_jpeg(image), f"{path.stem}.jpg")
    return StoredPhoto(image, data, name if path.suffix.lower() in suffixes else f"{path.stem}{suffixes[0]}")


def bare_photo(data: bytes) -> bytes:
    """A picture of a dataset whose landmarks are known: the same size and format, upright, and nothing but a picture.

    Raises:
        PhotoError: if it is not a picture, is damaged, or is too large.
    """
    with _open(data) as picture:
        if _is_bare(data, picture):
            _pixels(picture, _INTACT_SIDE)  # only to see that it is intact
            return data
        kind = "JPEG" if picture.format == "MPO" else picture.format
        image = Pillow.fromarray(_pixels(picture, None))
    file = io.BytesIO()
    image.save(file, kind, quality=JPEG_QUALITY)
    return file.getvalue()


def read_photo(path: Path) -> Image:
    """A picture of a dataset: RGB uint8 (height, width, 3), upright, at its own size, so that landmarks fit.

    Raises:
        PhotoError: if it cannot be read.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise PhotoError("unreadable", f"{path.name} cannot be read: {error.strerror}") from error
    with _open(data) as picture:
        return _pixels(picture, None)


def _open(data: bytes) -> Pillow.Image:
    if not data:
        raise PhotoError("unreadable", "the file is empty")
    if len(data) > MAX_FILE_BYTES:
        raise PhotoError("too large", f"the file has more than {MAX_FILE_BYTES // 1_000_000} MB")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Pillow.DecompressionBombWarning)  # our own limit is checked below
            picture = Pillow.open(io.BytesIO(data), formats=_FORMATS)  # reads the header only
    except Pillow.DecompressionBombError as error:
        raise PhotoError(
            "too large", f"the picture has more than {MAX_PHOTO_PIXELS // 1_000_000} million pixels"
        ) from error
    except Exception as error:  # Pillow's parsers raise errors of any kind
        raise PhotoError("unreadable", "not a JPEG, PNG, WebP or HEIC picture") from error
    if picture.width * picture.height > MAX_PHOTO_PIXELS:
        raise PhotoError(
            "too large",
            f"{picture.width} × {picture.height} pixels; at most {MAX_PHOTO_PIXELS // 1_000_000} million are decoded",
        )
    return picture


def _is_bare(data: bytes, picture: Pillow.Image) -> bool:
    """Whether a file holds a picture and nothing else: no EXIF, XMP, IPTC, comment or profile, nothing behind its end.

    The check lists what is allowed, because places and names hide in more than EXIF.
    """
    if isinstance(picture, JpegImagePlugin.JpegImageFile) and picture.format == "JPEG":
        segments = {name for name, _ in getattr(picture, "applist", ())}
        # Within the picture FF D9 cannot occur; in a table it may, and then the file is rewritten without need.
        return segments <= {"APP0", "APP14"} and data.find(b"\xff\xd9") == len(data) - 2
    if picture.format == "PNG":
        return _png_chunks(data) <= _PNG_PICTURE
    if picture.format == "WEBP":  # the simple format: one chunk, which is the picture
        size = int.from_bytes(data[16:20], "little")
        return data[12:16] in (b"VP8 ", b"VP8L") and len(data) == 20 + size + size % 2
    return False


def _png_chunks(data: bytes) -> set[bytes]:
    """The kinds of a PNG's chunks, and `rest` if something follows the last."""
    kinds: set[bytes] = set()
    place = 8
    while place < len(data) and b"IEND" not in kinds:
        kinds.add(data[place + 4 : place + 8])
        place += 12 + int.from_bytes(data[place : place + 4], "big")
    return kinds if place == len(data) else kinds | {b"rest"}


def _pixels(picture: Pillow.Image, longest: int | None) -> Image:
    try:
        if longest is not None:
            picture.draft("RGB", (longest, longest))  # a large JPEG is decoded at half or quarter size at once
        upright = ImageOps.exif_transpose(picture)
        if longest is not None and max(upright.size) > longest:
            upright.thumbnail((longest, longest))
        return cast(Image, np.array(upright.convert("RGB")))
    except Exception as error:  # as above: damaged data surfaces as any kind of error
        raise PhotoError("unreadable", f"the picture is damaged ({error})") from error
