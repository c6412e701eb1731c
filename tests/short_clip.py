"""A video with a third of the frames of another, or fewer: what it shows stays, and tracking it takes a third."""

import math
from fractions import Fraction
from pathlib import Path

import av

from posecount.video.reader import Video
from posecount.video.writer import video_frame

FPS = 10


def shorten(clip: Path, target: Path, seconds: float = math.inf) -> Path:
    """Write the first seconds of a clip at 10 frames a second, with a key frame every 5 seconds."""
    options = {"preset": "ultrafast", "crf": "18"}
    with Video(clip) as video, av.open(str(target), "w") as shortened:
        stream = shortened.add_stream("libx264", rate=FPS, options=options)
        stream.pix_fmt, stream.gop_size = "yuv420p", 5 * FPS
        count = 0
        for frame in video.frames():
            if frame.timestamp >= seconds:
                break
            if frame.timestamp > (count - 0.01) / FPS:
                if not count:
                    stream.height, stream.width = frame.image.shape[:2]
                picture = video_frame(frame.image)
                picture.pts, picture.time_base = count, Fraction(1, FPS)
                shortened.mux(stream.encode(picture))
                count += 1
        shortened.mux(stream.encode(None))
    return target
