// MediaPipe's pose tracker, on a worker or on the page, with whichever of GPU and CPU is faster here.

const TRIED = 13, WARM_UP = 3;  // frames with each; the first ones compile shaders

const median = (times) => [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)];

// Whether there is a real GPU. Software that imitates one takes seconds for a frame, and cannot be interrupted.
const hasGpu = () => {
  const canvas = typeof OffscreenCanvas === "undefined" ? document.createElement("canvas") : new OffscreenCanvas(1, 1);
  const gl = canvas.getContext("webgl2");
  if (!gl) return false;
  const info = gl.getExtension("WEBGL_debug_renderer_info");
  const name = `${gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER)}`;
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  return !/swiftshader|llvmpipe|software|basic render/i.test(name);
};

// The bytes of the model, which this browser keeps: to some, a file of nine megabytes is too large for their HTTP cache.
const stored = async (address) => {
  const cache = await globalThis.caches?.open("posecount").catch(() => null);
  let response = await cache?.match(address);
  if (!response) {
    response = await fetch(address);
    if (!response.ok) throw new Error(`the model: ${response.status}`);
    const name = address.split("/").pop();  // of the variant; what is before it changes with the model
    for (const { url } of (await cache?.keys()) ?? []) if (url.endsWith(`/${name}`)) await cache.delete(url);
    await cache?.put(address, response.clone()).catch(() => {});  // a full disk, say
  }
  return new Uint8Array(await response.arrayBuffer());
};

// Whether this browser keeps the model.
export const isStored = async (address) => Boolean(await globalThis.caches?.match(address).catch(() => null));

export class Landmarker {
  // Does not load anything yet. options: { tracker, model: addresses, module: whether this is a module worker,
  // delegate: "GPU", "CPU" or null for the faster one }. onChosen(delegate) is called once that is known.
  constructor(options, onChosen) {
    this.options = options;
    this.onChosen = onChosen;
    this.delegate = options.delegate ?? (hasGpu() ? "GPU" : "CPU");
    this.chosen = Boolean(options.delegate) || this.delegate === "CPU";  // then there is nothing to compare
    this.times = { GPU: [], CPU: [] };
    this.last = 0;
  }

  async load() {
    const { tracker, module } = this.options;
    this.vision = await import(`${tracker}/vision_bundle.mjs`);
    this.files = await this.vision.FilesetResolver.forVisionTasks(`${tracker}/wasm`, module);
    this.model = await stored(this.options.model);
    try {
      await this.make();
    } catch (error) {
      if (this.delegate === "CPU") throw error;
      await this.fall();
    }
  }

  async make() {
    this.landmarker?.close();
    this.landmarker = null;
    this.landmarker = await this.vision.PoseLandmarker.createFromOptions(this.files, {
      baseOptions: { modelAssetBuffer: this.model, delegate: this.delegate },
      runningMode: "VIDEO",
      numPoses: 1,
    });
  }

  // The GPU does not work here.
  async fall() {
    this.chosen = true;
    this.onChosen("CPU");
    this.delegate = "CPU";
    await this.make();
  }

  // The 33 landmarks of a picture, or null where no one is in it.
  async track(picture, time) {
    // Milliseconds must grow, by whole ones.
    this.last = Math.max(Math.round(time * 1000), this.last + 1);
    const began = performance.now();
    let found;
    try {
      found = this.landmarker.detectForVideo(picture, this.last);
    } catch (error) {
      if (this.delegate === "CPU") throw error;
      await this.fall();
      found = this.landmarker.detectForVideo(picture, this.last);
    }
    const pose = found.landmarks[0] ?? null;
    found.close?.();
    await this.compare(performance.now() - began);
    return pose;
  }

  async compare(took) {
    if (this.chosen) return;
    const times = this.times[this.delegate];
    times.push(took);
    if (times.length < TRIED) return;
    if (this.delegate === "GPU") {
      this.delegate = "CPU";
      await this.make();
      return;
    }
    const faster = median(this.times.CPU.slice(WARM_UP)) <= median(this.times.GPU.slice(WARM_UP)) ? "CPU" : "GPU";
    this.chosen = true;
    this.onChosen(faster);
    if (faster !== this.delegate) {
      this.delegate = faster;
      await this.make();
    }
  }

  close() {
    this.landmarker?.close();
    this.landmarker = null;
  }
}
