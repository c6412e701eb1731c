"""Images as JPEG files, in full size or as thumbnails."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image as Pillow

from posecount.pose import Image

JPEG_QUALITY = 92
_THUMBNAIL_SIDE = 160


def encode_jpeg(image: Image, quality: int = JPEG_QUALITY) -> bytes:
    """An image, RGB uint8 (height, width, 3), as a JPEG file."""
    file = io.BytesIO()
    Pillow.fromarray(image).save(file, "JPEG", quality=quality)
    return file.getvalue()


def thumbnail(image: Image, side: int = _THUMBNAIL_SIDE) -> bytes:
    """A small JPEG of an image, at most `side` pixels on its longer side."""
    picture = Pillow.fromarray(image)
    picture.thumbnail((side, side))
    return encode_jpeg(np.asarray(picture), 80)
