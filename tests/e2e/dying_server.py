"""Streamlit, with a live callback that dies after 30 frames, as one does that lets an exception out."""

import av
from streamlit.web import cli

from posecount.live.session import LiveSession

whole_callback = LiveSession.callback


def dying_callback(session: LiveSession, frame: av.VideoFrame) -> av.VideoFrame:
    if session.snapshot.frames > 30:
        raise RuntimeError("the callback has died")
    return whole_callback(session, frame)


if __name__ == "__main__":
    LiveSession.callback = dying_callback  # type: ignore[method-assign, assignment]
    cli.main(prog_name="streamlit")
