"""Says what will keep the video from working, before a person waits for it or meets the name of an exception.

Only the browser knows whether the page is secure, whether there is a camera, whether the page may use it, and whether
the network lets it reach the TURN server. The check runs there, and the server takes no part in it.
"""

from __future__ import annotations

import uuid
from typing import Any

import streamlit as st

SERVER = uuid.uuid4().hex
"""Identifies this process. A browser that sees another one has been taken over by another replica or by a restarted
server, with a session that knows nothing of the one before."""

_MESSAGES = {
    "moved": "The connection was lost and another server has taken over. Press START to go on. The counts and "
    "settings start again from their defaults.",
    "insecure": "Browsers only allow the camera on https:// pages and on localhost, and this page is neither. "
    "Open it over HTTPS, or try a sample clip.",
    "missing": "No camera was found. Plug one in, or try a sample clip.",
    "denied": "This page may not use the camera. Click the camera or padlock beside the address, allow the camera, and "
    "press START.",
    "ice": "This browser does not let the page connect for video (WebRTC gives no address). A privacy extension or a "
    "browser setting may be blocking it. Allow WebRTC for this page, track on this device, or try another browser.",
    "turn": "The TURN server cannot be reached from this network. If no picture appears after START, a firewall or "
    "VPN is blocking it. Track on this device, try another network, or ask the person who runs posecount.",
    "turn_refused": "The TURN server rejects this page's credentials. If no picture appears after START, ask the "
    "person who runs posecount to check POSECOUNT_TURN_SECRET and the TURN server's clock.",
}

_NO_CLIPS = {
    "insecure": "Browsers only allow the camera on https:// pages and on localhost, and this page is neither. "
    "Open it over HTTPS, or track on the server to try a sample clip.",
    "missing": "No camera was found. Plug one in, or track on the server to try a sample clip.",
}
"""What differs where the device tracks: it plays no sample clips."""

_STYLE = """
p { margin: 0; padding: 0.75rem 1rem; border-radius: var(--st-base-radius); font-family: var(--st-font);
    color: var(--st-yellow-text-color); background: var(--st-yellow-background-color); }
p:empty { display: none; }
"""

_SCRIPT = """
const results = new Map();  // one check per configuration and page, however often the page's script runs
let idle = "";  // the server that last knew of no stream here

const look = (configuration) => new Promise((resolve) => {
  const urls = (configuration.iceServers ?? []).flatMap((server) => server.urls);
  const relays = urls.some((url) => /^turns?:/.test(url));
  if (typeof RTCPeerConnection === "undefined") return resolve("ice");
  if (!relays && configuration.iceTransportPolicy === "relay") return resolve("turn");
  const peer = new RTCPeerConnection(configuration);
  let found = 0, refused = false;
  const finish = (state) => { clearTimeout(timer); peer.close(); resolve(state); };
  const missing = () => relays ? (refused ? "turn_refused" : "turn") : (found ? "" : "ice");
  const timer = setTimeout(() => finish(missing()), 8000);
  peer.onicecandidateerror = (event) => { refused ||= [401, 403, 437, 438, 441, 486].includes(event.errorCode); };
  peer.onicecandidate = ({ candidate }) => {
    if (!candidate || !candidate.candidate) return candidate ? undefined : finish(missing());
    found += 1;
    if (candidate.type === "relay" || !relays) finish("");
  };
  peer.createDataChannel("check");
  peer.createOffer().then((offer) => peer.setLocalDescription(offer)).catch(() => finish("ice"));
});

export default function ({ parentElement, data }) {
  const place = parentElement.querySelector("p");
  const devices = navigator.mediaDevices;
  let permission = null, path = "", gone = false;
  const state = async () => {
    if (!window.isSecureContext || !devices) return "insecure";
    const found = await devices.enumerateDevices();
    if (!found.some((device) => device.kind === "videoinput")) return "missing";
    return permission?.state === "denied" ? "denied" : path;
  };
  // The tab keeps this, as the server that would know is gone. A stream to that server may seem to play on for
  // a while: only one that began here ends the message.
  if (!data.playing) idle = data.server;
  const last = sessionStorage.getItem("posecount_server");
  const moved = last !== null && last !== data.server && !(data.playing && (data.stays || idle === data.server));
  if (!moved) sessionStorage.setItem("posecount_server", data.server);
  const show = async () => {
    const now = await state();
    const words = [moved ? data.messages.moved : "", data.messages[now] ?? ""];
    if (!gone) place.textContent = words.filter(Boolean).join(" ");
  };
  const begin = async () => {
    // Some browsers do not report the camera's permission; START then does.
    permission = await navigator.permissions?.query({ name: "camera" }).catch(() => null);
    permission?.addEventListener("change", show);
    devices?.addEventListener("devicechange", show);
    await show();
    if (!data.configuration) return;
    const key = JSON.stringify(data.configuration);
    if (!results.has(key)) results.set(key, look(data.configuration));
    path = await results.get(key);
    await show();
  };
  begin();
  return () => {
    gone = true;
    permission?.removeEventListener("change", show);
    devices?.removeEventListener("devicechange", show);
  };
}
"""

_check = st.components.v2.component("posecount_camera_check", html="<p></p>", css=_STYLE, js=_SCRIPT)


def show_camera_check(configuration: dict[str, Any] | None, playing: bool) -> None:
    """Show what will keep the video from working, or has interrupted it; nothing where all is well.

    Args:
        configuration: of the connection, from `posecount.live.webrtc.ice.ice_configuration`; the network is not
            checked where streamlit-webrtc will choose the servers. None where the device tracks, which needs no such
            connection, and goes on by itself at another server.
        playing: whether the stream plays.
    """
    known = configuration if configuration and configuration["iceServers"] is not None else None
    stays = configuration is None
    messages = _MESSAGES | _NO_CLIPS if stays else _MESSAGES
    data = {"messages": messages, "configuration": known, "server": SERVER, "playing": playing, "stays": stays}
    _check(key="camera_check", data=data)
