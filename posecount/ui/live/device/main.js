// The component: what the page's Python says comes in by `render`, what the person does goes back, and counts are shown.

import { Device } from "./device.js";
import { Overlay } from "./overlay.js";
import { ServerVideo } from "./server.js";
import { Socket } from "./socket.js";
import { Speech } from "./speech.js";
import { TrainingView } from "./training.js";
import { View } from "./view.js";
import { WORDS } from "./words.js";

const CHOICE = "posecount_tracking";

class Live {
  constructor(root) {
    this.root = root;
    this.view = new View(root, {
      press: () => this.press(),
      camera: (id) => this.device?.choose(id),
      instead: () => this.page.setTriggerValue("instead", true),
    });
    this.overlay = new Overlay(this.view.canvas);
    this.training = new TrainingView(root, {
      send: (command) => this.socket.tell(command),
      press: () => this.press(),
      shown: (isOpen) => this.shows(isOpen),
    });
    this.speech = new Speech(...["sound", "volume"].map((name) => root.querySelector(`[data-part=${name}]`)));
  }

  // Called with every run of the page's script.
  update(page) {
    const { data } = this.page = page;
    if (data.chosen) document.cookie = `${CHOICE}=${data.kind}; path=/; max-age=31536000; SameSite=Lax`;
    if (this.url !== data.socket) this.connect(data.socket);
    this.root.querySelector("[data-part=all]").dataset.kind = data.kind;
    this.view.toggle.hidden = !data.controlling;
    this.training.update(data.video);
    if (data.kind === "device") this.onDevice(data);
    else this.onServer(data);
  }

  onDevice(data) {
    this.server?.close();
    this.server = null;
    this.device ??= new Device({
      socket: this.socket,
      view: this.view,
      overlay: this.overlay,
      onState: (state) => this.tell(state),
    });
    if (this.device.state === "off") {
      this.view.show("off");
      this.device.prepare(data);
    } else this.device.data = { ...this.device.data, ...data, camera: this.device.data.camera };
  }

  onServer(data) {
    if (this.device) this.view.say("");
    this.device?.close();
    this.device = null;
    this.server ??= new ServerVideo(
      data.video,
      (state) => {
        this.view.show(state === "none" ? "off" : state, false);
        this.view.toggle.disabled = state === "none";
        if (state === "starting") this.view.say("");
        this.plays(state === "on");
      },
      (words) => this.view.say(words, words !== ""),
    );
  }

  connect(path) {
    this.socket?.close();
    this.url = path;
    const url = new URL(path, location.href);
    url.protocol = url.protocol.replace("http", "ws");
    const kept = this.socket?.kept ?? [];
    this.socket = new Socket(url.href, (told, known) => this.hear(told, known), (state) => this.connected(state));
    this.socket.kept = kept;  // a server that was restarted still gets them
    if (this.device) this.device.socket = this.socket;
  }

  hear(told, known) {
    this.overlay.remember(known);
    if (told.counts || told.exercises || told.seconds) this.view.count(known);
    this.training.hear(told, known);
    this.speech.hear(told, known);
    if (told.refused && this.device?.state === "on") this.device.stop(known.error, true);
  }

  connected(state) {
    if (state === "refused") this.page.setTriggerValue("stranger", true);
    if (state === "open" && this.training.isOpen) this.shows(true);
    const isOn = this.device && this.device.state !== "off";
    if (isOn) this.view.say(state === "open" ? this.device.note ?? "" : state === "lost" ? WORDS.lost : WORDS.refusedSocket);
  }

  // The Training view shows count and reason: the picture, whoever draws it, needs none.
  shows(isOpen) {
    this.overlay.isBare = isOpen;
    this.socket.tell(isOpen ? "view opened" : "view closed");
  }

  plays(isOn) {
    this.training.playing(isOn);
    this.speech.playing(isOn);
  }

  press() {
    this.speech.unlock();
    if (this.server) this.server.press();
    else if (this.device.state === "off") this.device.start(this.page.data);
    else this.device.stop();
  }

  tell(state) {
    const playing = state === "on";
    this.plays(playing);
    if (state !== "starting" && playing !== this.told) this.page.setStateValue("playing", this.told = playing);
  }

  leave() {
    this.training.leave();
    this.speech.leave();
    this.server?.close();
    this.device?.close();
    this.socket.close();
  }
}

const all = new WeakMap();

export const render = (page) => {
  const root = page.parentElement;
  if (!all.has(root)) all.set(root, new Live(root));
  all.get(root).update(page);
};

export const leave = (root) => {
  all.get(root)?.leave();
  all.delete(root);
};
