// The Training view: picture and numbers fill the screen. A fixed layer by CSS; nothing is moved in the document, as a
// frame that is moved starts over, which would end its stream.

import { read, write } from "./memory.js";
import { minutes } from "./view.js";

const REMEMBERED = "posecount_training", BUTTONS_MS = 5000, REASON_MS = 400;
const STATES = {
  free: ["Ready", "ready"],
  ready: ["Get ready", "ready"],
  working: ["Go", "counting"],
  resting: ["Rest", "resting"],
  paused: ["Paused", "stopped"],
  done: ["Done", "ready"],
  off: ["Camera off", "stopped"],
};
const COMMANDS = { none: "n", missed: "m", undo: "u", skip: "s", pause: "p" };
// For the frame of the server's picture, which lies outside of this component; and against scrolling.
const OUTSIDE = (frame) => `
html.posecount-training, html.posecount-training body, html.posecount-training [data-testid=stMain] {
  overflow: hidden !important; }
html.posecount-training ${frame} { position: fixed !important; inset: 0 !important; width: 100vw !important;
  height: 100vh !important; height: 100dvh !important; z-index: 1000000 !important; background: #000; border: 0; }
`;
const INSIDE = `
html.posecount-training, html.posecount-training body { background: #000; overflow: hidden; }
html.posecount-training video { position: fixed; inset: 0; width: 100vw !important; height: 100vh !important;
  margin: 0; max-height: none; object-fit: contain; z-index: 1; }
html.posecount-training button { visibility: hidden; }
`;

export class TrainingView {
  // on: { send(command), press(), which is START or STOP, shown(isOpen) }
  constructor(root, on) {
    this.root = root;
    this.on = on;
    this.all = root.querySelector("[data-part=all]");
    for (const name of ["layer", "label", "number", "set", "state", "why", "buttons", "enter", "pause"])
      this[name] = root.querySelector(`[data-part=${name}]`);
    this.camera = root.querySelector("[data-command=camera]");
    this.enter.onclick = () => this.open();
    this.layer.onclick = (event) => this.pressed(event);
    this.layer.onfocusin = () => this.showButtons();
    this.keys = (event) => this.key(event);
    this.left = () => { if (!document.fullscreenElement && this.wasFull) this.close(); };
    // Before Streamlit's own shortcuts, which are for the same buttons beside the video.
    window.addEventListener("keydown", this.keys, true);
    document.addEventListener("fullscreenchange", this.left);
    this.isOpen = false;
    this.exercise = null;
  }

  // selector: of the frame of the server's picture.
  update(selector) {
    this.selector = selector;
  }

  // The stream has begun or ended.
  playing(isOn) {
    if (isOn && !this.isOn && read(REMEMBERED) === "on") this.open();
    this.isOn = isOn;
    this.render();
  }

  open() {
    if (this.isOpen) return;
    this.isOpen = true;
    write(REMEMBERED, "on");
    this.style ??= Object.assign(document.createElement("style"), { textContent: OUTSIDE(this.selector) });
    document.head.append(this.style);
    this.mark(true);
    this.all.dataset.training = "on";
    this.layer.hidden = false;
    this.wasFull = false;
    document.documentElement.requestFullscreen?.().then(() => { this.wasFull = true; }, () => {});
    this.keepAwake();
    this.showButtons();
    this.render();
    this.on.shown(true);
  }

  close() {
    if (!this.isOpen) return;
    this.isOpen = false;
    write(REMEMBERED, "off");
    this.mark(false);
    delete this.all.dataset.training;
    this.layer.hidden = true;
    this.style.remove();
    if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
    this.lock?.release().catch(() => {});
    this.lock = null;
    this.enter.focus();
    this.on.shown(false);
  }

  mark(isOn) {
    document.documentElement.classList.toggle("posecount-training", isOn);
    for (const frame of document.querySelectorAll(this.selector)) {
      const inside = frame.contentDocument;
      if (!inside?.head) continue;
      // The frame is as tall as what lies in it, also after this: the picture must leave its place empty.
      if (isOn && !inside.documentElement.classList.contains("posecount-training"))
        inside.body.style.minHeight = `${inside.body.scrollHeight}px`;
      else if (!isOn) inside.body.style.minHeight = "";
      inside.documentElement.classList.toggle("posecount-training", isOn);
      if (isOn && !inside.querySelector("style[data-training]")) {
        const style = Object.assign(inside.createElement("style"), { textContent: INSIDE });
        style.dataset.training = "";
        inside.head.append(style);
      }
    }
  }

  async keepAwake() {
    try {
      this.lock = await navigator.wakeLock?.request("screen");
    } catch { /* the screen may go dark then */ }
  }

  key(event) {
    const field = event.composedPath()[0];
    if (event.ctrlKey || event.metaKey || event.altKey || field?.isContentEditable) return;
    if (["INPUT", "TEXTAREA", "SELECT"].includes(field?.tagName)) return;
    const key = event.key.toLowerCase();
    if (key === "t") (this.isOpen ? this.close() : this.open());
    else if (!this.isOpen) return;
    else if (key === "escape") this.close();
    else {
      const command = Object.keys(COMMANDS).find((name) => COMMANDS[name] === key);
      if (!command) return;
      this.command(command);
    }
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  pressed(event) {
    const command = event.target.closest?.("button")?.dataset.command;
    if (command) this.command(command);
    this.showButtons();
  }

  command(name) {
    if (name === "leave") this.close();
    else if (name === "camera") this.on.press();
    else if (name === "pause") this.on.send(this.training?.state === "paused" ? "resume" : "pause");
    else this.on.send(name);
  }

  showButtons() {
    this.buttons.dataset.shown = "yes";
    clearTimeout(this.hiding);
    this.hiding = setTimeout(() => {
      if (this.buttons.matches(":focus-within")) this.showButtons();
      else delete this.buttons.dataset.shown;
    }, BUTTONS_MS);
  }

  // told: what is new; known: all that the server has said.
  hear(told, known) {
    const done = told.completed?.at(-1)?.exercise;
    this.exercise = done ?? (known.exercise in (known.exercises ?? {}) ? known.exercise : this.exercise);
    this.known = known;
    this.training = known.training;
    if (!this.isOpen) return;
    this.mark(true);  // the frame may have been replaced
    this.render();
  }

  render() {
    const known = this.known ?? {}, training = known.training ?? { state: "free" };
    const isDone = training.state === "done", isOff = !this.isOn && !isDone;
    const [words, kind] = isOff ? STATES.off : STATES[training.state] ?? STATES.free;
    const { label, number } = this.amount(known, training);
    const said = known.reason?.startsWith("Get ready") ? "" : known.reason;  // the count says it
    const why = isOff ? "" : known.error || this.lasting(said) || "";
    const isFree = training.state === "free" && !isOff;
    put(this.label, label);
    put(this.number, number);
    this.number.dataset.long = number.length > 2 ? "yes" : "no";
    put(this.set, isDone ? (training.summary ?? []).join("\n") : setWords(training));
    const state = isFree && why ? "Not counting" : isFree && known.exercise ? "Counting" : words;
    put(this.state, training.next ? `${state} · next: ${training.next}` : state);
    put(this.why, why);
    this.layer.dataset.state = state === "Not counting" ? "stopped" : state === "Counting" ? "counting" : kind;
    put(this.pause, training.state === "paused" ? "Go on" : "Pause");
    put(this.camera, this.isOn ? "Stop camera" : "Start camera");
  }

  // A reason that flickers for a frame or two is not shown.
  lasting(reason) {
    if (reason !== this.reason) this.since = performance.now();
    this.reason = reason;
    return reason && performance.now() - this.since >= REASON_MS ? reason : "";
  }

  amount(known, training) {
    if (training.state === "done") return { label: "Well done", number: "" };
    if (["ready", "resting"].includes(training.state)) {
      const { left } = training;
      return { label: training.label ?? "", number: left === null || left === undefined ? "" : minutes(left) };
    }
    if (training.label)
      return { label: training.label, number: training.held ? minutes(training.count) : String(training.count) };
    const held = known.seconds?.[this.exercise], counted = known.counts?.[this.exercise] ?? 0;
    const name = known.exercises?.[this.exercise]?.label ?? (this.exercise ?? "");
    return { label: name, number: held === undefined ? String(counted) : minutes(held) };
  }

  leave() {
    this.close();
    clearTimeout(this.hiding);
    window.removeEventListener("keydown", this.keys, true);
    document.removeEventListener("fullscreenchange", this.left);
  }
}

// "2 / 3 · 7 of 10"
const setWords = ({ set, of, count, target, held, left, state }) => {
  if (!of) return "";
  const unit = held ? " s" : "";
  const clock = left !== null && left !== undefined && state === "working" ? ` · ${minutes(left)} left` : "";
  return `${set} / ${of}${target ? ` · ${count} of ${target}${unit}` : ""}${clock}`;
};

const put = (element, words) => {
  if (element.textContent !== words) element.textContent = words;
};
