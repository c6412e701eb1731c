"""The video of the Live page: webcam or sample clip, through streamlit-webrtc and back."""

from __future__ import annotations

import logging
import os
import time
from typing import Any

import streamlit as st
from aiortc.contrib.media import MediaPlayer
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime import Runtime
from streamlit_webrtc import WebRtcMode, webrtc_streamer
from streamlit_webrtc.component import WebRtcStreamerState
from streamlit_webrtc.relay import _SERVER_GLOBAL_RELAY_ATTR_NAME_

from posecount.datasets.dataset import exercise_label
from posecount.errors import PosecountError
from posecount.live.server.capacity import BusyError, Rung
from posecount.live.session import LiveSession
from posecount.live.webrtc.ice import ice_configuration
from posecount.live.webrtc.relay import BoundedRelay
from posecount.shipped import SAMPLE_CLIPS
from posecount.ui.access import secrets
from posecount.ui.choices import chosen_variant
from posecount.ui.labels import LIVE_VIDEO, label
from posecount.ui.live.camera_check import show_camera_check
from posecount.ui.live.device.component import show_component
from posecount.ui.live.device.stream import show_device_stream
from posecount.ui.live.full import show_full
from posecount.ui.live.keep_playing import keep_playing
from posecount.ui.live.serving import socket_token
from posecount.ui.live.tracking_choice import choose_tracking, track_on

_CAMERA, _CLIP = "camera_stream", "clip_stream"
_CLIP_FRAME_RATE = 30
"""Frames a second of the sample clips."""

CAMERA_HELP = """
- **NotAllowedError**: this page may not use the camera. Click the camera or padlock beside the address, allow the
  camera, and press START again.
- **NotFoundError**: no camera was found. Plug one in, or try a sample clip.
- **NotReadableError**: another program or tab is using the camera. Close it and press START again.
- **The address begins with http://**: browsers only allow the camera on `https://` pages and on `localhost`. Serve
  posecount over HTTPS.
- **It connects, but no picture appears**: a firewall or VPN is blocking the video. If you are not on the server's
  network, you need a TURN server: ask the person who runs posecount to set `POSECOUNT_ICE_SERVERS`.
"""

_logger = logging.getLogger(__name__)

_VIDEO = {
    "aria-label": "You, with the skeleton and the counts",
    "autoPlay": True,
    "controls": True,
    "muted": True,
    "playsInline": True,
    "style": {"width": "100%"},
}


def install_relay() -> None:
    """Make streamlit-webrtc use a bounded relay, before its first stream makes a relay of its own.

    It offers no other way: the relay is an attribute of Streamlit's runtime.
    """
    runtime = Runtime.instance()
    if not isinstance(getattr(runtime, _SERVER_GLOBAL_RELAY_ATTR_NAME_, None), BoundedRelay):
        setattr(runtime, _SERVER_GLOBAL_RELAY_ATTR_NAME_, BoundedRelay())


def show_stream(session: LiveSession) -> bool:
    """Show the video with its controls, or that the server is busy; return whether it plays."""
    try:
        kind, chosen = choose_tracking(disabled=session.status() in ("waiting", "live", "stalled"))
    except PosecountError as error:
        st.error(str(error))
        return False
    if kind == "device":
        return show_device_stream(session, chosen)
    return _show_server_stream(session, chosen)


def _show_server_stream(session: LiveSession, chosen: bool) -> bool:
    if busy := _take_place(session):
        st.session_state["clip"] = None
        show_full(session, "server", busy)
        return False
    try:
        configuration = ice_configuration(secrets(), os.environ, st.context.url, time.time())
    except ValueError as error:
        st.error(str(error))
        return False
    clip = st.session_state.get("clip")
    picture = st.container()
    show_component(
        "server",
        socket_token(),
        session.settings.model,
        chosen_variant(),
        mirror=session.settings.mirror,
        rate=session.capacity.next_rung().frame_rate,
        chosen=chosen,
        is_controlling=not clip,
        on_instead=lambda: track_on("device"),
    )
    below = st.container()  # START is right below the picture
    with picture:
        return _show_clip(session, configuration) if clip else _show_camera(session, configuration, below)


def _take_place(session: LiveSession) -> str | None:
    """Take a place for a browser that streams or is about to, give it up for any other; return why there is none."""
    capacity = session.capacity
    capacity.release_unused()
    states = [st.session_state[key].state for key in (_CAMERA, _CLIP) if key in st.session_state]
    if not any(state.playing or state.signalling for state in states):
        capacity.leave(session)  # nothing else does this where signalling has failed
        return capacity.refusal() if capacity.is_full(session) else None
    try:
        if session not in capacity:
            capacity.enter(session)
    except BusyError as error:
        return str(error)
    return None


def leave_clip(message: str | None = None) -> None:
    """Stop the sample clip and go back to the camera with the next run of the page."""
    st.session_state.update(clip_leaving=True, clip_message=message)


def _show_camera(session: LiveSession, configuration: dict[str, Any], below: DeltaGenerator) -> bool:
    above = st.container()
    rung = _camera_rung(session)
    session.expect_rate(rung.frame_rate)
    state = _stream(
        session,
        key=_CAMERA,
        mode=WebRtcMode.SENDRECV,
        rtc_configuration=configuration,
        media_stream_constraints={
            "video": {
                "width": {"ideal": rung.width},
                "height": {"ideal": rung.height},
                "frameRate": {"ideal": rung.frame_rate},
            },
            "audio": False,
        },
    )
    with above:
        show_camera_check(configuration, state.playing)
    with below:
        if not (state.playing or state.signalling):
            _offer_clips()
        with st.expander("Camera not working?", icon=":material/help:"):
            st.markdown(CAMERA_HELP)
    return state.playing


def _offer_clips() -> None:
    clips = [name for name, path in SAMPLE_CLIPS.items() if path.is_file()]
    if clips:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown("No camera? Try a sample clip:", width="content")
            for name in clips:
                st.button(
                    exercise_label(name),
                    key=f"play_{name}",
                    icon=":material/play_arrow:",
                    on_click=st.session_state.update,
                    kwargs={"clip": name, "clip_began": False, "clip_leaving": False, "clip_message": None},
                )
    if message := st.session_state.get("clip_message"):
        st.success(message)


def _camera_rung(session: LiveSession) -> Rung:
    """What to ask of the camera; it stays the same while a stream plays."""
    if session not in session.capacity:
        st.session_state["camera_rung"] = session.capacity.next_rung()
    rung: Rung = st.session_state.setdefault("camera_rung", session.capacity.next_rung())
    return rung


def _show_clip(session: LiveSession, configuration: dict[str, Any]) -> bool:
    name: str = st.session_state["clip"]
    leaving = bool(st.session_state.get("clip_leaving"))
    session.expect_rate(_CLIP_FRAME_RATE)
    state = _stream(
        session,
        key=_CLIP,
        mode=WebRtcMode.RECVONLY,
        rtc_configuration=configuration,
        media_stream_constraints={"video": True, "audio": False},
        player_factory=lambda: MediaPlayer(str(SAMPLE_CLIPS[name])),
        desired_playing_state=not leaving,
    )
    st.session_state["clip_began"] = st.session_state.get("clip_began") or state.playing
    # The component goes only once the browser has let go; otherwise the server would go on for half a minute.
    # A clip that was left for another page is over too, and must not start again by itself.
    if not (state.playing or state.signalling) and (leaving or st.session_state["clip_began"]):
        st.session_state["clip"] = None
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Stop the clip", icon=":material/stop:", on_click=leave_clip, disabled=leaving)
        st.caption(f"Sample clip: {exercise_label(name).lower()}", width="content")
    return state.playing and not leaving


def _stream(session: LiveSession, **arguments: Any) -> WebRtcStreamerState:
    try:
        with st.container(gap=None):
            label(LIVE_VIDEO, "Live video with START and STOP")
            keep_playing()
            context = webrtc_streamer(
                video_frame_callback=session.webrtc.callback,
                on_video_ended=session.webrtc.end,
                # Otherwise the callback would run on Streamlit's own event loop and slow down every page.
                async_processing=True,
                video_html_attrs=_VIDEO,
                media_toggle_controls=False,
                translations={"select_device": "Choose the camera"},
                **arguments,
            )
    except Exception as error:  # signalling passes on whatever aiortc or FFmpeg raises; people need a message
        _logger.exception("the stream could not be connected")
        st.error(
            f"The video could not be connected: {error or type(error).__name__}. Try: reload the page. If "
            "that does not help, a firewall or VPN may be blocking the video."
        )
        return WebRtcStreamerState(playing=False, signalling=False)
    return context.state
