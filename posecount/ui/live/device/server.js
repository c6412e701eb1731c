// Where the server tracks: presses streamlit-webrtc's own START and STOP, inside its frame, from the button outside.
// A click inside that frame unlocks no sound on this page, and its `desired_playing_state` starts a camera several times.

import { WORDS } from "./words.js";

const MOST_PRESSES = 4, AGAIN_AFTER_MS = 1000, LONGEST_MS = 25000;
const QUICK_MS = 10000;  // what ends sooner was broken off by the page; later, no connection came about
const LOOK_EVERY_MS = 500;
const LONG_MS = 10000;  // longer than connecting takes where nothing is in its way

// Its other button looks like those of this page, and is as tall as before: the frame has measured it.
const STYLE = `
button { font-family: system-ui, sans-serif !important; font-size: 0.95rem !important; text-transform: none !important;
  letter-spacing: normal !important; padding-inline: 1rem !important; border-radius: 0.6rem !important;
  box-shadow: inset 0 0 0 1px color-mix(in srgb, currentColor 25%, transparent); }
`;

const named = (button) => button.textContent.trim().toUpperCase();  // it is written in small letters, shown in capitals

export class ServerVideo {
  // selector: of the frame; onState("off", "starting", "on", or "none" while there is no button to press);
  // onWords(words): why no picture comes after START, where it would come if the device tracked; "" once it comes.
  constructor(selector, onState, onWords) {
    Object.assign(this, { selector, onState, onWords });
    this.observer = new MutationObserver(() => this.look());  // the frame may come late, or be replaced
    this.observer.observe(document.body, { childList: true, subtree: true });
    this.watched = new WeakSet();
    this.look();
  }

  get frame() {
    return [...document.querySelectorAll(this.selector)].at(-1);  // that of a frame before may be there for a moment
  }

  look() {
    for (const frame of document.querySelectorAll(this.selector)) {
      frame.addEventListener("load", this.looked ??= () => this.look());
      const inside = frame.contentDocument?.body;
      if (!inside || this.watched.has(inside)) continue;
      this.watched.add(inside);
      const style = Object.assign(inside.ownerDocument.createElement("style"), { textContent: STYLE });
      inside.ownerDocument.head.append(style);
      this.observer.observe(inside, { childList: true, subtree: true, characterData: true });
    }
    const button = this.button();
    if (button) button.style.display = "none";
    if (this.held) this.hold(button);
    const state = this.held ? "starting" : !button ? "none" : named(button) === "START" ? "off" : "on";
    if (state !== this.state) this.onState(this.state = state);
  }

  button() {
    const buttons = [...(this.frame?.contentDocument?.querySelectorAll("button") ?? [])];
    return buttons.find((button) => ["START", "STOP"].includes(named(button)));
  }

  press() {
    const button = this.button();
    if (this.held || (button && named(button) === "STOP")) {
      this.release();
      this.onWords("");
      if (button && named(button) === "STOP") button.click();
    } else {
      // The page may be about to replace the frame, or to break off what has just begun: the press holds until a
      // picture comes, or until it is known why none does.
      this.held = { since: performance.now(), pressed: -Infinity, presses: 0, within: null, isLong: false };
      this.timer = setInterval(() => this.look(), LOOK_EVERY_MS);
    }
    this.look();
  }

  // Presses START again where it stands there as if it had not been pressed.
  hold(button) {
    const { held } = this, now = performance.now(), document = this.frame?.contentDocument;
    if (button && named(button) === "STOP") {  // it connects, or plays
      // Beside START a picture is one of a stream that has ended.
      if ([...document.querySelectorAll("video")].some((video) => video.videoWidth > 0)) {
        this.onWords("");
        return this.release();
      }
      if (!held.isLong && now - held.pressed > LONG_MS) {
        held.isLong = true;
        this.onWords(WORDS.connecting);
      }
      return undefined;
    }
    const took = now - held.pressed;
    if (held.within === document && took > AGAIN_AFTER_MS && document.querySelector("[role=alert]"))
      return this.release();  // the frame says why
    if (now - held.since > LONGEST_MS || held.presses >= MOST_PRESSES || (took > QUICK_MS && held.presses)) {
      this.release();
      this.onWords(WORDS.unconnected);
    } else if (button && !button.disabled && took > AGAIN_AFTER_MS) {
      Object.assign(held, { pressed: now, presses: held.presses + 1, within: document });
      button.click();
    }
    return undefined;
  }

  release() {
    clearInterval(this.timer);
    this.held = null;
  }

  close() {
    this.release();
    this.observer.disconnect();
    const button = this.button();
    if (button) button.style.display = "";
  }
}
