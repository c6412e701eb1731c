// Where the server tracks: presses streamlit-webrtc's own START and STOP, inside its frame, from the button outside.
// A click inside that frame unlocks no sound on this page, and its `desired_playing_state` starts a camera several times.

const named = (button) => button.textContent.trim().toUpperCase();  // it is written in small letters, shown in capitals

export class ServerVideo {
  // selector: of the frame; onState("off", "on", or "none" while there is no button to press).
  constructor(selector, onState) {
    this.selector = selector;
    this.onState = onState;
    this.observer = new MutationObserver(() => this.look());  // the frame may come late, or be replaced
    this.observer.observe(document.body, { childList: true, subtree: true });
    this.watched = new WeakSet();
    this.look();
  }

  // The button in the newest frame; the one of a frame before may still be there for a moment.
  look() {
    for (const frame of document.querySelectorAll(this.selector)) {
      frame.addEventListener("load", this.looked ??= () => this.look());
      const inside = frame.contentDocument?.body;
      if (!inside || this.watched.has(inside)) continue;
      this.watched.add(inside);
      this.observer.observe(inside, { childList: true, subtree: true, characterData: true });
    }
    const button = this.button();
    if (button) button.style.display = "none";
    const state = !button ? "none" : named(button) === "START" ? "off" : "on";
    if (state !== this.state) this.onState(this.state = state);
  }

  button() {
    const frame = [...document.querySelectorAll(this.selector)].at(-1);
    const buttons = [...(frame?.contentDocument?.querySelectorAll("button") ?? [])];
    return buttons.find((button) => ["START", "STOP"].includes(named(button)));
  }

  press() {
    this.button()?.click();
  }

  close() {
    this.observer.disconnect();
    const button = this.button();
    if (button) button.style.display = "";
  }
}
