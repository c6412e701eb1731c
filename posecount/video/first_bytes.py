"""What the first bytes of a file tell: that it is empty, or a picture and no video."""

from __future__ import annotations

from pathlib import Path

from posecount.errors import VideoError

_STILLS = tuple(b"ftyp" + brand for brand in (b"heic", b"heix", b"heim", b"heis", b"mif1", b"avif"))
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM", b"II*\0", b"MM\0*")


def check_file(path: Path) -> bytes:
    """The first twelve bytes of a file.

    Raises:
        VideoError: if it is missing, cannot be read, is empty, or is a HEIF picture, which FFmpeg takes for a video.
    """
    try:
        if not path.is_file():
            raise VideoError(f"Video {path} does not exist. Try: check the path.")
        with path.open("rb") as file:
            head = file.read(12)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise VideoError(f"{path} cannot be read: {reason}. Try: check the path and its permissions.") from error
    if not head:
        raise VideoError(f"{path} is empty. Try: copy or record it again.")
    if head[4:12] in _STILLS:
        raise VideoError(f"{path} is a picture, not a video. Try: choose a video.")
    return head


def is_picture(head: bytes) -> bool:
    """Whether a file that is no video begins like a JPEG, PNG, GIF, BMP, TIFF or WebP."""
    return head.startswith(_PICTURES) or (head[:4], head[8:12]) == (b"RIFF", b"WEBP")
