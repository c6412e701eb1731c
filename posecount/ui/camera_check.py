"""Says in words why the browser will not give a camera, before START fails with the name of an exception.

Only the browser knows whether the page is secure, whether there is a camera, and whether a person has refused it. It is
asked there and answered there; the server takes no part.
"""

from __future__ import annotations

import streamlit as st

_MESSAGES = {
    "insecure": "Browsers give the camera to https:// pages and to localhost only, and this page is neither. "
    "Open it over HTTPS, or try the sample clip.",
    "missing": "No camera was found. Plug one in, or try the sample clip.",
    "denied": "The camera is refused to this page. Click the camera or padlock beside the address, allow the camera, "
    "and press START.",
}

_STYLE = """
p { margin: 0; padding: 0.75rem 1rem; border-radius: var(--st-base-radius); font-family: var(--st-font);
    color: var(--st-yellow-text-color); background: var(--st-yellow-background-color); }
p:empty { display: none; }
"""

_SCRIPT = """
export default function ({ parentElement, data }) {
  const place = parentElement.querySelector("p");
  const devices = navigator.mediaDevices;
  let permission = null;
  const state = async () => {
    if (!window.isSecureContext || !devices) return "insecure";
    const found = await devices.enumerateDevices();
    if (!found.some((device) => device.kind === "videoinput")) return "missing";
    return permission?.state === "denied" ? "denied" : "";
  };
  const show = async () => { place.textContent = data[await state()] ?? ""; };
  const begin = async () => {
    // Some browsers do not tell about the camera's permission; START then does.
    permission = await navigator.permissions?.query({ name: "camera" }).catch(() => null);
    permission?.addEventListener("change", show);
    devices?.addEventListener("devicechange", show);
    await show();
  };
  begin();
  return () => {
    permission?.removeEventListener("change", show);
    devices?.removeEventListener("devicechange", show);
  };
}
"""

_check = st.components.v2.component("posecount_camera_check", html="<p></p>", css=_STYLE, js=_SCRIPT)


def show_camera_check() -> None:
    """Show what keeps the browser from giving a camera; nothing where all is well."""
    _check(key="camera_check", data=_MESSAGES)
