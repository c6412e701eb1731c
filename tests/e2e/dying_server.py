"""Streamlit, with a live callback that dies after 30 frames, as one does that lets an exception out."""

import av
from streamlit.web import cli

from posecount.live.webrtc.callbacks import WebRtcFrames
from tests.e2e.measured_server import remember

whole_callback = WebRtcFrames.callback


frames = 0


def dying_callback(webrtc: WebRtcFrames, frame: av.VideoFrame) -> av.VideoFrame:
    global frames
    frames += 1
    if frames > 30:
        raise RuntimeError("the callback has died")
    return whole_callback(webrtc, frame)


if __name__ == "__main__":
    remember()
    WebRtcFrames.callback = dying_callback  # type: ignore[method-assign, assignment]
    cli.main(prog_name="streamlit")
