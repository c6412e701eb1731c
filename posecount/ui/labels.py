"""Names for screen readers, where Streamlit's own elements take none: the iframe of a component, and a video."""

from __future__ import annotations

import streamlit as st

_SCRIPT = """
export default function ({ data }) {
  const label = () => {
    for (const element of document.querySelectorAll(data.selector))
      if (element.getAttribute("aria-label") !== data.words) element.setAttribute("aria-label", data.words);
  };
  const observer = new MutationObserver(label);  // the element may come after this, or be replaced
  observer.observe(document.body, { childList: true, subtree: true });
  label();
  return () => observer.disconnect();
}
"""

_label = st.components.v2.component("posecount_label", html="", js=_SCRIPT)

LIVE_VIDEO = 'iframe[title*="webrtc_streamer"]'
VIDEO = '[data-testid="stVideo"]'


def label(selector: str, words: str) -> None:
    """Name the page's elements that match a CSS selector; takes no room in a container without a gap.

    Args:
        selector: `LIVE_VIDEO` or `VIDEO`.
        words: what a screen reader says.
    """
    _label(key=f"label_{selector}", data={"selector": selector, "words": words})
