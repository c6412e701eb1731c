"""Photos from outside, decoded safely: upright RGB, of bounded size, without metadata."""

from __future__ import annotations

import io
import warnings
from pathlib import Path, PurePosixPath
from typing import NamedTuple, cast

import numpy as np
import pillow_heif
from PIL import Image as Pillow
from PIL import JpegImagePlugin

from posecount.datasets.photo_cost import MAX_PIXELS, check_cost, check_structure, png_chunks
from posecount.datasets.photo_cost import PhotoError as PhotoError
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
_MOST_ENCODED_HEIF = 6_500_000  # its encoder takes 33 bytes a pixel, and half a second a million at its fastest
_ENCODER = {"HEIF": {"enc_params": {"preset": "ultrafast"}}}
_ORIENTATION = 0x0112
_TURNS = {
    2: Pillow.Transpose.FLIP_LEFT_RIGHT,
    3: Pillow.Transpose.ROTATE_180,
    4: Pillow.Transpose.FLIP_TOP_BOTTOM,
    5: Pillow.Transpose.TRANSPOSE,
    6: Pillow.Transpose.ROTATE_270,
    7: Pillow.Transpose.TRANSVERSE,
    8: Pillow.Transpose.ROTATE_90,
}
"""EXIF's orientation → what makes the picture upright."""

pillow_heif.register_heif_opener()


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
        check_cost(picture, data, whole=False)
        suffixes = _SUFFIXES.get(picture.format or "", ())
        keep = bool(suffixes) and max(picture.size) <= LONGEST_SIDE and _is_bare(data, picture)
        image = _array(_decoded(picture, LONGEST_SIDE))
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
        bare = _is_bare(data, picture)
        check_cost(picture, data, whole=not bare)
        if bare:
            _decoded(picture, _INTACT_SIDE)  # only to see that it is intact
            return data
        kind = "JPEG" if picture.format == "MPO" else picture.format
        if kind == "HEIF" and picture.width * picture.height > _MOST_ENCODED_HEIF:
            most = _MOST_ENCODED_HEIF / 1e6
            raise PhotoError(
                "too large", f"writing a HEIC picture of more than {most:.1f} million pixels takes too long"
            )
        image = _array(_decoded(picture, None))
    file = io.BytesIO()
    Pillow.fromarray(image).save(file, kind, quality=JPEG_QUALITY, **_ENCODER.get(kind or "", {}))
    return file.getvalue()


def read_photo(path: Path) -> Image:
    """A picture of a dataset: RGB uint8 (height, width, 3), upright, at its own size, so that landmarks fit.

    Raises:
        PhotoError: if it cannot be read.
    """
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise _too_many_bytes()
        data = path.read_bytes()
    except OSError as error:
        raise PhotoError("unreadable", f"{path.name} cannot be read: {error.strerror}") from error
    with _open(data) as picture:
        check_cost(picture, data, whole=True)
        return _array(_decoded(picture, None))


def _too_many_bytes() -> PhotoError:
    return PhotoError("too large", f"the file has more than {MAX_FILE_BYTES // 1_000_000} MB")


def _open(data: bytes) -> Pillow.Image:
    if not data:
        raise PhotoError("unreadable", "the file is empty")
    if len(data) > MAX_FILE_BYTES:
        raise _too_many_bytes()
    check_structure(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Pillow.DecompressionBombWarning)  # our own limits are checked afterwards
            return Pillow.open(io.BytesIO(data), formats=_FORMATS)  # reads the header only
    except Pillow.DecompressionBombError as error:
        raise PhotoError("too large", f"the picture has more than {MAX_PIXELS // 1_000_000} million pixels") from error
    except Exception as error:  # Pillow's parsers raise errors of any kind
        raise PhotoError("unreadable", "not a JPEG, PNG, WebP or HEIC picture") from error


def _is_bare(data: bytes, picture: Pillow.Image) -> bool:
    """Whether a file holds a picture and nothing else: no EXIF, XMP, IPTC, comment or profile, nothing behind its end.

    The check lists what is allowed, because places and names hide in more than EXIF.
    """
    if isinstance(picture, JpegImagePlugin.JpegImageFile) and picture.format == "JPEG":
        segments = {name for name, _ in getattr(picture, "applist", ())}
        # Within the picture FF D9 cannot occur; in a table it may, and then the file is rewritten without need.
        return segments <= {"APP0", "APP14"} and data.find(b"\xff\xd9") == len(data) - 2
    if picture.format == "PNG":
        return png_chunks(data) <= _PNG_PICTURE
    if picture.format == "WEBP":  # the simple format: one chunk, which is the picture
        size = int.from_bytes(data[16:20], "little")
        return data[12:16] in (b"VP8 ", b"VP8L") and len(data) == 20 + size + size % 2
    return False


def _decoded(picture: Pillow.Image, longest: int | None) -> Pillow.Image:
    """The picture upright in RGB, at most `longest` pixels on its longer side. Large copies are avoided."""
    try:
        if longest is not None:
            picture.draft("RGB", (longest, longest))  # a large JPEG is decoded at half or quarter size at once
        turn = _TURNS.get(picture.getexif().get(_ORIENTATION, 1))
        small = _eight_bits(picture)
        if longest is not None and max(small.size) > longest:
            if small.mode not in ("L", "RGB"):
                small = small.convert("L" if small.mode == "1" else "RGB")
            small.thumbnail((longest, longest))
        upright = small if turn is None else small.transpose(turn)
        return upright if upright.mode == "RGB" else upright.convert("RGB")
    except Exception as error:  # as above: damaged data surfaces as any kind of error
        raise PhotoError("unreadable", f"the picture is damaged ({error})") from error


def _eight_bits(picture: Pillow.Image) -> Pillow.Image:
    """A picture of more than eight bits a channel with eight; Pillow would cut off what is brighter than 255."""
    if not picture.mode.startswith("I"):
        picture.load()
        return picture
    return Pillow.fromarray((np.asarray(picture) >> 8).clip(0, 255).astype(np.uint8))


def _array(image: Pillow.Image) -> Image:
    return cast(Image, np.array(image))
