// Draws what the server's own overlay draws (posecount/drawing): the picture, skeleton, chart, count, class and reason.

import { minutes } from "./view.js";

const CONNECTIONS = [
  [0, 1], [1, 2], [2, 3], [3, 7], [0, 4], [4, 5], [5, 6], [6, 8], [9, 10],
  [11, 12], [11, 13], [13, 15], [15, 17], [15, 19], [15, 21], [17, 19],
  [12, 14], [14, 16], [16, 18], [16, 20], [16, 22], [18, 20],
  [11, 23], [12, 24], [23, 24],
  [23, 25], [25, 27], [27, 29], [29, 31], [27, 31],
  [24, 26], [26, 28], [28, 30], [30, 32], [28, 32],
];
const JOINTS = [11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28];
const FACE_END = 10, VISIBLE = 0.5;
const DIM = "rgb(110 116 122)", LEFT = "rgb(255 170 60)", RIGHT = "rgb(60 200 255)", MIDDLE = "rgb(235 240 245)";
const WHITE = "rgb(255 255 255)", GREY = "rgb(170 180 190)", RAW = "rgb(130 150 165)", SMOOTHED = "rgb(90 230 150)";
const ENTER = "rgb(255 200 70)", EXIT = "rgb(240 120 110)", SHADE = "rgb(0 0 0 / 0.7)";
const HISTORY_S = 10, FULL = 10;

const isFine = ([, end]) => end <= FACE_END || (end >= 17 && end <= 22);
// Below the face, landmarks of the left have odd numbers.
const side = (index) => (index % 2 ? LEFT : RIGHT);
const colour = (bone) => (!isFine(bone) && side(bone[0]) === side(bone[1]) ? side(bone[0]) : MIDDLE);
const plain = (name) => name.replaceAll("_", " ");

export class Overlay {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.history = [];  // [time, raw, smoothed]
    this.charted = null;
    this.isBare = false;  // without count, class, chart and reason
  }

  // Takes over what the server says about a frame.
  remember(known) {
    if (!known.votes || known.at === null) return;
    if (known.charted !== this.charted) this.history = [];
    this.charted = known.charted;
    const [last] = this.history.at(-1) ?? [-Infinity];
    if (known.at < last) this.history = [];
    if (known.at !== last) this.history.push([known.at, ...known.votes]);
    while (this.history[0]?.[0] < known.at - HISTORY_S) this.history.shift();
  }

  draw(picture, pose, known, mirror) {
    const { canvas, context } = this, { width, height } = picture;
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const scale = Math.min(Math.max(Math.min(width / 640, height / 480), 0.5), 3);
    context.setTransform(mirror ? -1 : 1, 0, 0, 1, mirror ? width : 0, 0);
    context.drawImage(picture, 0, 0);
    context.setTransform(1, 0, 0, 1, 0, 0);
    const top = this.isBare ? height : this.chart(known, scale);
    if (pose) this.skeleton(pose, mirror, scale);
    if (!this.isBare) {
      this.count(known, scale);
      this.seen(known, scale);
    }
    const words = known.message || (this.isBare ? "" : known.error || known.reason);
    if (words) this.hint(words, top, scale);
    if (known.guide) this.guide(known.guide, mirror);
    if (known.notice) this.notice(known.notice);
  }

  skeleton(pose, mirror, scale) {
    const { context, canvas: { width, height } } = this;
    const point = ({ x, y }) => [(mirror ? 1 - x : x) * width, y * height];
    const shown = (index) => (pose[index].visibility ?? 1) >= VISIBLE;
    for (const bone of CONNECTIONS) {
      const isShown = shown(bone[0]) && shown(bone[1]);
      context.strokeStyle = isShown ? colour(bone) : DIM;
      context.lineWidth = !isShown || isFine(bone) ? Math.max(scale, 1) : 3 * scale;
      context.beginPath();
      context.moveTo(...point(pose[bone[0]]));
      context.lineTo(...point(pose[bone[1]]));
      context.stroke();
    }
    for (const index of JOINTS.filter(shown)) {
      context.fillStyle = side(index);
      context.beginPath();
      context.arc(...point(pose[index]), Math.max(4 * scale, 2), 0, 2 * Math.PI);
      context.fill();
    }
  }

  // Along the lower edge; returns its top.
  chart({ exercises, enter, exit }, scale) {
    const { context, history, canvas: { width, height } } = this;
    const top = height - Math.max(Math.round(0.17 * height), 48), exercise = exercises?.[this.charted];
    if (!exercise || history.length < 1) return height;
    this.shade(0, top, width, height - top);
    const pad = 6 * scale + 2, upper = top + pad, lower = height - pad, size = 13 * scale;
    const y = (confidence) => lower - (Math.min(confidence, FULL) / FULL) * (lower - upper);
    for (const [threshold, line, above] of [[enter, ENTER, -3], [exit, EXIT, size]]) {
      context.strokeStyle = line;
      context.lineWidth = 1;
      context.beginPath();
      context.moveTo(0, y(threshold));
      context.lineTo(width, y(threshold));
      context.stroke();
      this.text(`${threshold}`, width - pad, y(threshold) + above, size, line, "right");
    }
    const now = history.at(-1)[0];
    for (const [place, line, thickness] of [[1, RAW, 1], [2, SMOOTHED, Math.max(2 * scale, 1)]]) {
      context.strokeStyle = line;
      context.lineWidth = thickness;
      context.beginPath();
      for (const sample of history)
        context.lineTo(width - 1 + ((sample[0] - now) * (width - 1)) / HISTORY_S, y(sample[place]));
      context.stroke();
    }
    this.text(plain(exercise.target), pad, top + pad + size, size, GREY);
    return top;
  }

  // Large in the upper left corner: the exercise in progress or the last one, or else the one counted most.
  count({ exercises = {}, counts = {}, seconds = {}, exercise }, scale) {
    const names = Object.keys(exercises), amount = (name) => counts[name] ?? seconds[name] ?? 0;
    const figure = (name) => (exercises[name].held ? minutes(amount(name)) : `${amount(name)}`);
    if (exercise && exercises[exercise]) this.counted = exercise;
    const most = names.reduce((best, name) => (amount(name) > amount(best) ? name : best), names[0]);
    const name = exercises[this.counted] ? this.counted : names.length === 1 || amount(most) ? most : null;
    if (!name) return;
    const others = names.filter((other) => other !== name && amount(other)).slice(0, 4);
    const labels = [exercises[name].label, ...others.map((other) => `${exercises[other].label} ${figure(other)}`)];
    const size = 64 * scale, small = 18 * scale, pad = 10 * scale, line = small * 1.3;
    const wide = Math.max(this.width(figure(name), size), ...labels.map((label) => this.width(label, small)));
    this.shade(0, 0, wide + 2 * pad, 2 * pad + size * 0.8 + line * labels.length);
    this.text(figure(name), pad, pad + size * 0.75, size, WHITE);
    labels.forEach((label, index) => {
      this.text(label, pad, pad + size * 0.75 + line * (index + 1), small, index ? GREY : SMOOTHED);
    });
  }

  // The class that the pose looks like, in the upper right corner.
  seen({ seen }, scale) {
    if (!seen) return;
    const [name, confidence] = seen, size = 16 * scale, pad = 8 * scale, { width } = this.canvas;
    const wide = this.width(`${plain(name)}  10.0`, size) + 2 * pad, left = Math.max(width - wide, 0);
    this.shade(left, 0, wide, size + 2 * pad);
    this.text(`${plain(name)}  ${confidence.toFixed(1)}`, left + pad, size + pad / 2, size, WHITE);
    this.context.fillStyle = SMOOTHED;
    this.context.fillRect(left + pad, size + pad, (wide - 2 * pad) * Math.min(confidence / FULL, 1), 3 * scale);
  }

  hint(words, below, scale) {
    const { width } = this.canvas, pad = 8 * scale, room = width - 2 * pad;
    let size = 20 * scale;
    size *= Math.min(1, room / this.width(words, size));
    const wide = this.width(words, size) + 2 * pad, top = below - size - 2 * pad;
    this.shade((width - wide) / 2, top, wide, size + 2 * pad);
    this.text(words, width / 2, top + size + pad * 0.7, size, ENTER, "center");
  }

  // Where the person is to be.
  guide({ outline, good }, mirror) {
    const { context, canvas: { width, height } } = this, thick = Math.max(Math.min(width, height) / 120, 2);
    context.strokeStyle = good ? SMOOTHED : ENTER;
    context.lineWidth = 2 * thick;
    context.strokeRect(thick, thick, width - 2 * thick, height - 2 * thick);
    context.lineWidth = thick;
    context.beginPath();
    for (const [x, y] of outline) context.lineTo((mirror ? 1 - x : x) * width, y * height);
    context.closePath();
    context.stroke();
  }

  // Read from across the room.
  notice(words) {
    const { width, height } = this.canvas;
    const size = Math.min((0.9 * width * 100) / this.width(words, 100), 0.6 * height);
    this.shade(0, (height - size) / 2, width, size);
    this.text(words, width / 2, height / 2 + size * 0.36, size, WHITE, "center");
  }

  shade(left, top, width, height) {
    this.context.fillStyle = SHADE;
    this.context.fillRect(left, top, width, height);
  }

  font(size) {
    this.context.font = `600 ${Math.max(size, 10)}px system-ui, sans-serif`;
  }

  width(text, size) {
    this.font(size);
    return this.context.measureText(text).width;
  }

  text(text, x, y, size, fill, align = "left") {
    this.font(size);
    this.context.fillStyle = fill;
    this.context.textAlign = align;
    this.context.fillText(text, x, y);
  }
}
