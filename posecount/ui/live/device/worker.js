// Tracks beside the page, so that the page stays quick. Pictures come one at a time, and go back with their landmarks.

import { Landmarker } from "./landmarker.js";

let landmarker = null;

const work = async ({ load, picture, time }) => {
  if (load) {
    landmarker = new Landmarker({ ...load, module: true }, (delegate) => postMessage({ delegate }));
    await landmarker.load();
    postMessage({ ready: true });
    return;
  }
  const pose = await landmarker.track(picture, time);
  postMessage({ pose, picture, time }, [picture]);
};

let queue = Promise.resolve();
onmessage = ({ data }) => {
  queue = queue.then(() => work(data)).catch((error) => postMessage({ failure: String(error?.message ?? error) }));
};
