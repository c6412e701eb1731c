"""Shows the component: START and STOP for both kinds of tracking, the picture where the device tracks, the counts.

Its scripts lie beside this file and come from a route of the server, as Streamlit takes only inline text from a
checkout. What is inline here loads them. The scripts outlive reruns; they let go of the camera when the page is left.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from posecount.live.server.capacity import Kind
from posecount.tracking.browser import VERSION
from posecount.ui.labels import LIVE_VIDEO
from posecount.ui.server.files import model_version, scripts_version
from posecount.ui.server.routes import base_path

_HTML = """
<div data-part="all">
  <div data-part="stage">
    <video data-part="video" playsinline muted aria-hidden="true"></video>
    <canvas data-part="canvas" role="img" aria-label="You, with the skeleton and the counts" hidden></canvas>
  </div>
  <div data-part="row">
    <button data-part="toggle" type="button" disabled>START</button>
    <button data-part="full" type="button" hidden>Full screen</button>
    <button data-part="enter" type="button" title="Shortcut: T">Training view</button>
    <select data-part="camera" aria-label="Camera" hidden></select>
    <button data-part="instead" type="button" hidden></button>
  </div>
  <div data-part="sounds">
    <select data-part="sound" aria-label="Sound">
      <option value="voice">Voice</option>
      <option value="sounds">Sounds only</option>
      <option value="silent">Silent</option>
    </select>
    <label>Volume <input data-part="volume" type="range" min="0" max="1" step="0.1"></label>
  </div>
  <p data-part="words" role="status"></p>
  <p data-part="counts" role="status"></p>
  <div data-part="layer" role="region" aria-label="Training view" hidden>
    <div class="panel"><div data-part="label"></div><div data-part="number"></div><div data-part="set"></div></div>
    <div data-part="buttons">
      <button type="button" data-command="none" title="Shortcut: N">That was none</button>
      <button type="button" data-command="missed" title="Shortcut: M">One was missed</button>
      <button type="button" data-command="undo" title="Shortcut: U">Undo</button>
      <button type="button" data-command="skip" title="Shortcut: S">Skip</button>
      <button type="button" data-command="pause" data-part="pause" title="Shortcut: P">Pause</button>
      <button type="button" data-command="camera">Stop camera</button>
      <button type="button" data-command="leave" title="Shortcut: Esc">Leave</button>
    </div>
    <div class="panel" data-part="foot"><div data-part="state"></div><div data-part="why"></div></div>
  </div>
</div>
"""

_CSS = """
[data-part=all] { font-family: var(--st-font); color: var(--st-text-color); }
[data-part=stage] { position: relative; display: none; }
[data-kind=device] [data-part=stage] { display: block; background: var(--st-secondary-background-color);
  border-radius: var(--st-base-radius); overflow: hidden; min-height: 3rem; }
[data-kind=device] [data-part=stage][data-state=off] { display: none; }
[data-part=video] { position: absolute; width: 2px; height: 2px; opacity: 0; }
[data-part=canvas] { display: block; width: 100%; max-height: 85vh; object-fit: contain; }
[data-part=stage]:fullscreen [data-part=canvas] { height: 100vh; max-height: none; }
[data-part=row] { display: flex; flex-wrap: wrap; gap: 0.5rem; margin-top: 0.5rem; }
[data-part=row] button, select { font: inherit; min-height: 2.75rem; padding: 0.25rem 1.25rem; cursor: pointer;
  border: 1px solid var(--st-border-color); border-radius: var(--st-base-radius);
  background: var(--st-background-color); color: var(--st-text-color); max-width: 100%; }
[data-part=toggle] { font-weight: 600; }
[data-part=row] [data-part=toggle][data-state=off] { background: var(--st-primary-color); border-color: transparent;
  color: light-dark(#ffffff, #0f1417); }
button:disabled { opacity: 0.5; cursor: not-allowed; }
button:focus-visible, select:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 2px; }
[hidden] { display: none !important; }
[data-part=volume] { accent-color: var(--st-primary-color); }
p { margin: 0.5rem 0 0; }
p:empty { display: none; }
[data-part=counts] { font-size: 1.25rem; font-weight: 600; }
[data-part=sounds] { display: flex; flex-wrap: wrap; gap: 0.5rem 1rem; margin-top: 0.5rem; align-items: center; }
"""
_TRAINING_CSS = (Path(__file__).parent / "training.css").read_text(encoding="utf-8")

_LOADER = """
export default function (page) {
  const root = page.parentElement;
  root.page = page;  // the newest, by the time that the scripts are there
  root.scripts ??= import(location.origin + page.data.scripts + "/main.js");
  root.scripts.then(({ render }) => render(root.page)).catch((error) => {
    root.querySelector("[data-part=words]").textContent = "The page's scripts could not be loaded. Try: reload it.";
    console.error(error);
  });
  // Streamlit calls this when the component is gone, but also where two runs of the page follow each other closely.
  return () => setTimeout(() => { if (!root.host.isConnected) root.scripts.then(({ leave }) => leave(root)); });
}
"""

_component = st.components.v2.component("posecount_live", html=_HTML, css=_CSS + _TRAINING_CSS, js=_LOADER)

_KEY = "live_component"


def _nothing() -> None:
    """Streamlit wants a callback for each thing that a component may say."""


def show_component(
    kind: Kind,
    token: str,
    model: Path,
    variant: str,
    *,
    mirror: bool,
    rate: int,
    chosen: bool = False,
    pictures: bool = False,
    is_controlling: bool = True,
    on_instead: Callable[[], None] = _nothing,
    on_stranger: Callable[[], None] = _nothing,
) -> bool:
    """Show the component; return whether the device tracks.

    Args:
        kind: where the person is tracked.
        token: of the socket.
        model: path of the pose model, and its `variant`.
        mirror: show the picture as a mirror would.
        rate: frames a second that are tracked.
        chosen: whether the person has chosen the kind, which the browser then remembers.
        pictures: whether the person has agreed to send the pictures that a recording asks for.
        is_controlling: whether it has START and STOP.
        on_instead: called when the person asks to be tracked in the other place, which is offered where this one fails.
        on_stranger: called when the socket's token is no longer known.
    """
    base = f"{base_path()}/device"
    data = {
        "kind": kind,
        "socket": f"{base}/socket/{token}",
        "scripts": f"{base}/scripts/{scripts_version()}",
        "tracker": f"{base}/tracker/{VERSION}",
        "model": f"{base}/model/{model_version(model)}/{variant}.task",
        "variant": variant,
        "mirror": mirror,
        "rate": rate,
        "chosen": chosen,
        "pictures": pictures,
        "controlling": is_controlling,
        "video": LIVE_VIDEO,
    }
    result = _component(
        key=_KEY,
        data=data,
        default={"playing": False},
        on_playing_change=_nothing,
        on_instead_change=on_instead,
        on_stranger_change=on_stranger,
    )
    return bool(result.playing)
