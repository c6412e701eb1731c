// Tracking on this device, from START to STOP: camera → tracker → socket, and what comes back onto the picture.

import { Camera, eachFrame, listCameras } from "./camera.js";
import { isStored } from "./landmarker.js";
import { read, write } from "./memory.js";
import { encode } from "./protocol.js";
import { makeTracker, within } from "./tracker.js";
import { keyOf, WORDS } from "./words.js";

const LEAST_RATE = 5, MEASURED_S = 3, WARM_UP_FRAMES = 30;
const LONGEST_FRAME_MS = 8000;  // many times what a slow device takes
const CAMERA = "posecount_camera";

export class Device {
  // socket: the open way to the server; view, overlay: where to show; onState("off", "starting", "on").
  constructor({ socket, view, overlay, onState }) {
    Object.assign(this, { socket, view, overlay, onState });
    this.state = "off";
    this.camera = new Camera(view.video, () => this.stop(WORDS.ended));
    this.seen = () => document.visibilityState === "visible" && this.state === "on" && this.keepAwake();
    document.addEventListener("visibilitychange", this.seen);
  }

  set(state) {
    this.state = state;
    this.view.show(state);
    this.onState(state);
  }

  // Makes the tracker before START, which takes seconds, where this browser keeps the model since another visit.
  async prepare(data) {
    if (this.preparedFor === data.model) return;
    this.preparedFor = data.model;
    if (!(await isStored(data.model)) || this.state !== "off" || this.isClosed) return;
    const blank = () => createImageBitmap(new ImageData(64, 64));
    this.make(data, blank).catch((error) => console.info("posecount:", error));  // START tries again
  }

  // A tracker with the model that is chosen now; the one that is being made, if there is one.
  make(data, sample) {
    if (this.madeFor !== data.model) {
      this.tracker?.close();
      this.tracker = this.making = null;
      this.madeFor = data.model;
    }
    if (this.tracker) return Promise.resolve();
    const making = this.making ??= makeTracker(data, sample).then((tracker) => {
      if (this.isClosed || this.making !== making) return tracker.close();
      this.tracker = tracker;
      return undefined;
    }).finally(() => {
      if (this.making === making) this.making = null;
    });
    return making;
  }

  // data: what the page's Python has said, see component.py.
  async start(data) {
    this.data = data;
    const run = this.run = {};
    const isOver = () => this.run !== run;
    this.set("starting");
    this.view.say(WORDS.starting);
    try {
      await this.camera.open({ deviceId: data.camera ?? read(CAMERA), rate: data.rate });
      if (isOver()) return this.camera.close();
      this.view.offer(await listCameras(), this.camera.deviceId);
      this.view.say(WORDS.loading);
      await this.making?.catch(() => {});
      await this.make(data, () => createImageBitmap(this.view.video));
      if (isOver()) return undefined;
    } catch (error) {
      if (!isOver()) this.stop(WORDS[keyOf(error)], ["files", "cannot"].includes(error.words));
      console.info("posecount:", error, error.cause ?? "");
      return undefined;
    }
    this.set("on");
    this.note = Number.isFinite(this.tracker.rate) ? WORDS.onPage : "";
    this.view.say(this.note);
    this.keepAwake();
    this.measured = { frames: -WARM_UP_FRAMES, since: 0 };
    this.endFrames = eachFrame(this.view.video, Math.min(data.rate, this.tracker.rate), (time) => this.take(time, run));
    return undefined;
  }

  // The newest frame only: while one is tracked, others pass by.
  async take(time, run) {
    if (this.busy || this.run !== run) return;
    this.busy = true;
    try {
      const bitmap = await createImageBitmap(this.view.video);
      const { pose, picture } = await within(this.tracker.track(bitmap, time), LONGEST_FRAME_MS);
      if (this.run === run) {
        const { width, height } = picture;
        const side = this.data.pictures ? this.socket.known.picture : 0;
        const jpeg = side ? await shrink(picture, side) : null;
        this.socket.send(time, encode({ time, width, height, pose, picture: jpeg }));
        this.overlay.draw(picture, pose, this.socket.known, this.data.mirror);
        this.measure(time);
      }
      picture.close();
    } catch (error) {
      console.info("posecount:", error);
      this.tracker?.close();
      this.tracker = null;
      if (this.run === run) this.stop(WORDS.died, true);
    } finally {
      this.busy = false;
    }
  }

  // Says that this device is too slow, once it has tracked for a while: the first frames try GPU and CPU.
  measure(time) {
    const { measured } = this;
    if (++measured.frames === 0) measured.since = time;
    if (measured.frames <= 0 || time - measured.since < MEASURED_S) return;
    const isSlow = measured.frames / (time - measured.since) < LEAST_RATE;
    const sends = this.socket.known.picture && this.data.pictures ? WORDS.pictures : "";
    this.view.say([isSlow ? WORDS.slow : sends ? "" : this.note, sends].filter(Boolean).join(" "), isSlow);
    this.measured = { frames: 0, since: time };
  }

  async keepAwake() {
    try {
      this.lock = await navigator.wakeLock?.request("screen");
    } catch { /* the screen may go dark then */ }
  }

  choose(camera) {
    write(CAMERA, camera);
    if (this.state === "off") return;
    this.stop();
    this.start({ ...this.data, camera });
  }

  // Lets go of the camera; the counts stay.
  stop(words = "", offersServer = false) {
    this.run = null;
    this.endFrames?.();
    this.camera.close();
    this.lock?.release().catch(() => {});
    this.lock = null;
    this.socket.stop();
    this.set("off");
    this.view.say(words, offersServer);
  }

  close() {
    this.isClosed = true;
    document.removeEventListener("visibilitychange", this.seen);
    if (this.state !== "off") this.stop();
    this.tracker?.close();
    this.tracker = null;
  }
}

// A JPEG of a picture whose longer side has at most this many pixels.
const shrink = async (picture, side) => {
  const scale = Math.min(1, side / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [picture.width, picture.height].map((length) => Math.round(length * scale));
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.85));
  return blob.arrayBuffer();
};
