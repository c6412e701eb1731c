"""Keeps the live picture moving: a click on it pauses a browser's video, while the counting goes on."""

from __future__ import annotations

import streamlit as st

from posecount.ui.labels import LIVE_VIDEO

# The picture keeps its controls, as these lead to full screen.
_SCRIPT = """
const watched = new WeakSet();

const resume = ({ target }) => { if (target.isConnected && !target.ended) target.play().catch(() => {}); };

const watch = (frame) => {
  const inside = frame.contentDocument;
  if (!inside || watched.has(inside)) return;
  watched.add(inside);
  inside.addEventListener("pause", resume, true);  // it does not bubble
};

export default function ({ data }) {
  const look = () => {
    for (const frame of document.querySelectorAll(data.selector)) {
      watch(frame);
      frame.onload = () => watch(frame);  // until then it holds another document
    }
  };
  const observer = new MutationObserver(look);  // the iframe may come after this, or be replaced
  observer.observe(document.body, { childList: true, subtree: true });
  look();
  return () => observer.disconnect();
}
"""

_keep_playing = st.components.v2.component("posecount_keep_playing", html="", js=_SCRIPT)


def keep_playing() -> None:
    """Resume the live video whenever it pauses; takes no room in a container without a gap."""
    _keep_playing(key="keep_playing", data={"selector": LIVE_VIDEO})
