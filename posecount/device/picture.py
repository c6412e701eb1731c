"""The pictures that a device sends while a recorder asks for them."""

from __future__ import annotations

import io
import warnings

import numpy as np
from PIL import Image as Pillow

from posecount.device.messages import FrameError
from posecount.pose import Image

LONGEST_SIDE = 1024
"""Pixels: more than any recorder asks for."""


def decode_picture(data: bytes) -> Image:
    """The image of a JPEG file, RGB uint8 (height, width, 3).

    Raises:
        FrameError: if it is no JPEG, is damaged, or is larger than any recorder asks for.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Pillow.DecompressionBombWarning)
            with Pillow.open(io.BytesIO(data), formats=("JPEG",)) as picture:
                # Browsers write one scan; a progressive file may have any number, each of which takes its time.
                if max(picture.size) > LONGEST_SIDE or picture.info.get("progressive"):
                    raise FrameError("picture")
                return np.asarray(picture.convert("RGB"))
    except FrameError:
        raise
    except Exception as error:  # Pillow raises many kinds at hostile files
        raise FrameError("picture") from error
