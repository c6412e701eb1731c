// What the person sees and presses: the picture with START and STOP, the cameras, and the counts as text.

// As a stopwatch shows them: 0:23.
export const minutes = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;

export class View {
  // on: { press(), camera(id), instead() }
  constructor(root, on) {
    this.onDevice = true;  // where the person is tracked
    const find = (name) => root.querySelector(`[data-part=${name}]`);
    for (const name of ["video", "canvas", "toggle", "camera", "full", "words", "instead", "counts", "stage"])
      this[name] = find(name);
    this.toggle.onclick = () => on.press();
    this.camera.onchange = () => on.camera(this.camera.value);
    this.instead.onclick = () => on.instead();
    this.full.onclick = () => (document.fullscreenElement ? document.exitFullscreen() : this.stage.requestFullscreen())
      ?.catch(() => {});
  }

  // state: "off", "starting" or "on"
  show(state, onDevice = true) {
    this.onDevice = onDevice;
    this.toggle.disabled = false;
    this.toggle.textContent = state === "off" ? "START" : "STOP";
    this.toggle.dataset.state = state;
    this.canvas.hidden = state === "off";
    this.full.hidden = state !== "on" || !this.stage.requestFullscreen || !this.onDevice;
    this.stage.dataset.state = state;
  }

  // offersOther: whether to offer to track in the other place, by a button.
  say(words, offersOther = false) {
    if (this.words.textContent !== words) this.words.textContent = words;
    this.instead.hidden = !offersOther;
    this.instead.textContent = this.onDevice ? "Track on the server instead" : "Track on this device instead";
  }

  offer(cameras, chosen) {
    this.camera.hidden = cameras.length < 2;
    const options = cameras.map(({ id, name }) => Object.assign(new Option(name, id), { selected: id === chosen }));
    this.camera.replaceChildren(...options);
  }

  // "8 Squats · 3 Push-ups", which screen readers say too.
  count({ exercises = {}, counts = {}, seconds = {} }) {
    const label = (name) => exercises[name]?.label ?? name;
    const words = [
      ...Object.entries(counts).map(([name, count]) => `${count} ${label(name)}`),
      ...Object.entries(seconds).map(([name, held]) => `${minutes(held)} ${label(name)}`),
    ].join(" · ");
    if (this.counts.textContent !== words) this.counts.textContent = words;
  }
}
