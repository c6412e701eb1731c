// Tracks the newest picture: in a worker, or on the page where a worker cannot.

import { Landmarker } from "./landmarker.js";
import { read, write } from "./memory.js";
import { problem } from "./words.js";

const PAGE_RATE = 8;
const FIRST_FRAME_MS = 15000;  // a GPU that takes longer for a frame is none
const REMEMBERED = "posecount_delegate";

// The smallest module with an instruction of 128 bits; MediaPipe's other build is not there.
const SIMD = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
]);
const hasSimd = () => typeof WebAssembly === "object" && WebAssembly.validate(SIMD);

const remembered = (variant) => {
  const delegate = read(`${REMEMBERED}_${variant}`);
  return ["GPU", "CPU"].includes(delegate) ? delegate : null;
};

class InWorker {
  constructor(options, onChosen) {
    this.worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
    this.ready = new Promise((resolve, reject) => {
      this.worker.onerror = (event) => this.fail(new Error(event.message || "the worker failed"));
      this.worker.onmessage = ({ data }) => {
        if (data.ready) resolve();
        else if (data.delegate) onChosen(data.delegate);
        else if (data.failure) this.fail(new Error(data.failure));
        else this.done?.resolve(data);
      };
      this.reject = reject;
    });
    this.worker.postMessage({ load: options });
  }

  fail(error) {
    this.reject(error);
    this.done?.reject(error);
  }

  track(picture, time) {
    return new Promise((resolve, reject) => {
      this.done = { resolve, reject };
      this.worker.postMessage({ picture, time }, [picture]);
    });
  }

  close() {
    this.worker.terminate();
  }
}

class OnPage {
  constructor(options, onChosen) {
    this.landmarker = new Landmarker({ ...options, module: false }, onChosen);
    this.ready = this.landmarker.load();
  }

  async track(picture, time) {
    return { pose: await this.landmarker.track(picture, time), picture, time };
  }

  close() {
    this.landmarker.close();
  }
}

// What a promise gives, or an error where that takes longer than this.
export const within = (promise, milliseconds) => {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(Object.assign(new Error("a frame takes too long"), { isSlow: true })), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};

// A tracker that has tracked a frame: some browsers make one without complaint, and throw at the first picture.
// Returns { track(picture, time), close(), rate: the most frames a second, or Infinity }.
export const makeTracker = async ({ tracker, model, variant }, sample) => {
  if (!hasSimd()) throw problem("cannot");
  const chosen = (delegate) => write(`${REMEMBERED}_${variant}`, delegate);
  let failure = null;
  for (const [Kind, delegate] of [[InWorker, remembered(variant)], [InWorker, "CPU"], [OnPage, "CPU"]]) {
    if (failure && Kind === InWorker && !failure.isSlow) continue;
    let made = null;
    try {
      made = new Kind({ tracker, model, delegate }, chosen);
      await made.ready;
      (await within(made.track(await sample(), 0), FIRST_FRAME_MS)).picture.close();
      if (failure?.isSlow) chosen("CPU");
      return { track: (picture, time) => made.track(picture, time), close: () => made.close(),
        rate: Kind === OnPage ? PAGE_RATE : Infinity };
    } catch (error) {
      failure = error;
      made?.close();
    }
  }
  const loading = /fetch|import|load|model|network/i.test(failure?.message ?? "");
  throw Object.assign(problem(loading ? "files" : "cannot"), { cause: failure });
};
