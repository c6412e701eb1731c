// The way to the server and back: keeps up to ten seconds of frames while there is no connection, and loses none twice.

const KEPT_S = 10, SILENT_MS = 3000;
const STRANGER = 4403, REPLACED = 4409;
const DELAYS_MS = [200, 400, 800, 1500, 3000];

export class Socket {
  // onTold(changes, known) is called with what has changed and all that is known; onState("open", "lost", "refused").
  constructor(url, onTold, onState) {
    this.url = url;
    this.onTold = onTold;
    this.onState = onState;
    this.known = {};
    this.kept = [];  // { time, data } that the server has not said it has
    this.attempt = 0;
    this.connect();
    this.watch = setInterval(() => this.look(), 1000);
  }

  connect() {
    if (this.over) return;
    const socket = this.socket = new WebSocket(this.url);
    socket.binaryType = "arraybuffer";
    this.greeted = false;
    this.heard = performance.now();
    socket.onmessage = ({ data }) => {
      if (socket !== this.socket) return;
      this.heard = performance.now();
      const told = JSON.parse(data);
      Object.assign(this.known, told);
      if ("at" in told && told.at !== null) this.kept = this.kept.filter((frame) => frame.time > told.at);
      if (!this.greeted) {  // what it says first tells what it has
        this.greeted = true;
        this.attempt = 0;
        this.onState("open");
        for (const frame of this.kept) socket.send(frame.data);
      }
      this.onTold(told, this.known);
    };
    socket.onclose = ({ code }) => {
      if (socket !== this.socket || this.over) return;
      this.socket = null;
      if (code === REPLACED) return;  // another copy of this page has taken over
      this.onState(code === STRANGER ? "refused" : "lost");
      this.retry = setTimeout(() => this.connect(), DELAYS_MS[Math.min(this.attempt++, DELAYS_MS.length - 1)]);
    };
  }

  // A network that is cut says nothing: the server answers every second frame, so silence means that it is gone.
  look() {
    const now = performance.now(), waits = !this.greeted || now - (this.kept[0]?.queued ?? now) > SILENT_MS;
    if (this.socket && waits && now - this.heard > SILENT_MS) this.drop();
  }

  drop() {
    const socket = this.socket;
    this.socket = null;
    socket.onclose = socket.onmessage = null;
    socket.close();
    this.onState("lost");
    this.connect();
  }

  send(time, data) {
    this.kept.push({ time, data, queued: performance.now() });
    while (this.kept.length && this.kept[0].time < time - KEPT_S) this.kept.shift();
    if (this.greeted && this.socket?.readyState === WebSocket.OPEN) this.socket.send(data);
  }

  // What the person asks for, in a word; where the connection is lost, it is lost too.
  tell(command) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(command);
  }

  // The camera is off: the server gives the place to others.
  stop() {
    this.kept = [];
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send("stop");
  }

  close() {
    this.over = true;
    clearInterval(this.watch);
    clearTimeout(this.retry);
    this.socket?.close();
  }
}
