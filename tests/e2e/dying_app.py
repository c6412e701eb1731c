"""The live page, but its callback dies after 30 frames, as one would that lets an exception out."""

import runpy
from pathlib import Path

import av

from posecount.live.session import LiveSession

whole_callback = getattr(LiveSession, "whole_callback", LiveSession.callback)


def dying_callback(session: LiveSession, frame: av.VideoFrame) -> av.VideoFrame:
    if session.snapshot.frames > 30:
        raise RuntimeError("the callback has died")
    return whole_callback(session, frame)


LiveSession.whole_callback, LiveSession.callback = whole_callback, dying_callback
runpy.run_path(str(Path(__file__).resolve().parents[2] / "streamlit_app.py"), run_name="__main__")
