// The camera: opened, its frames with their times, and let go.

import { problem } from "./words.js";

const WIDTH = 640, HEIGHT = 480;

export const isSecure = () => window.isSecureContext && Boolean(navigator.mediaDevices?.getUserMedia);

// Cameras by name; browsers tell the names only once a camera was allowed.
export const listCameras = async () => {
  const devices = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  const cameras = devices.filter((device) => device.kind === "videoinput" && device.deviceId);
  return cameras.map((camera, index) => ({ id: camera.deviceId, name: camera.label || `Camera ${index + 1}` }));
};

export class Camera {
  // onEnd is called when the camera goes away by itself.
  constructor(video, onEnd) {
    this.video = video;
    this.onEnd = onEnd;
    this.stream = null;
  }

  // Throws what getUserMedia throws, or one of our words.
  async open({ deviceId, rate }) {
    if (!isSecure()) throw problem("insecure");
    const wanted = {
      width: { ideal: WIDTH },
      height: { ideal: HEIGHT },
      frameRate: { ideal: rate },
      ...(deviceId ? { deviceId: { exact: deviceId } } : { facingMode: "user" }),
    };
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
    } catch (error) {
      if (error.name !== "OverconstrainedError" || !deviceId) throw error;
      delete wanted.deviceId;  // the camera that was chosen is not there today
      stream = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
    }
    this.close();
    this.stream = stream;
    for (const track of stream.getVideoTracks()) track.onended = () => this.stream === stream && this.onEnd();
    this.video.srcObject = stream;
    await this.video.play();
  }

  get deviceId() {
    return this.stream?.getVideoTracks()[0]?.getSettings().deviceId ?? "";
  }

  close() {
    for (const track of this.stream?.getTracks() ?? []) {
      track.onended = null;
      track.stop();
    }
    this.stream = this.video.srcObject = null;
  }
}

// Calls back for frames at this rate at most, with the seconds at which each was taken; returns what ends that.
// The time comes from the frame, so that neither a busy page nor a slow network changes what is counted.
export const eachFrame = (video, rate, callback) => {
  let over = false, due = -Infinity, last = -Infinity, offset = null, byCapture = null;
  const handle = (now, metadata) => {
    if (over) return;
    next();
    byCapture ??= metadata?.captureTime !== undefined;
    let time = now / 1000;
    if (byCapture && metadata.captureTime !== undefined) time = metadata.captureTime / 1000;
    else if (metadata?.mediaTime !== undefined) {
      offset ??= time - metadata.mediaTime;
      time = offset + metadata.mediaTime;
    }
    if (time <= last || time < due - 0.25 / rate) return;  // cameras waver by a few milliseconds
    due = Math.max(due, time - 0.5 / rate) + 1 / rate;
    last = time;
    callback(time);
  };
  const next = () => {
    if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(handle);
    else setTimeout(() => requestAnimationFrame((now) => handle(now)), 500 / rate);
  };
  next();
  return () => { over = true; };
};
