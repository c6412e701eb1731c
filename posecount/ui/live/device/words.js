// What a person is told, and what they can do about it.

export const WORDS = {
  insecure: "Browsers only allow the camera on https:// pages and on localhost. Try: open this page over HTTPS.",
  refused: "This page may not use the camera. Click the camera or padlock beside the address, allow the camera, " +
    "and press START.",
  missing: "No camera was found. Plug one in, and press START.",
  busy: "Another program or tab is using the camera. Close it, and press START.",
  camera: "The camera cannot be opened. Try: another camera, or another browser.",
  ended: "The camera was unplugged or switched off. Press START to go on. Your counts are kept.",
  files: "The tracker could not be loaded. Try: reload the page. If that does not help, track on the server.",
  cannot: "This browser cannot track on this device. Try: track on the server, or use another browser.",
  died: "The tracker has stopped. Press START to go on. Your counts are kept.",
  slow: "This device tracks fewer than five frames a second, so repetitions may be missed. Try: the lite model, or " +
    "track on the server.",
  onPage: "This browser cannot track in the background, so the picture is less smooth.",
  lost: "The connection is lost and is being restored. Up to ten seconds are kept, so go on.",
  refusedSocket: "The server no longer knows this page. Try: reload it.",
  connecting: "Connecting takes longer than it should. A firewall or VPN may be blocking the video. Wait, or track on " +
    "this device, which needs no such connection.",
  unconnected: "No picture came back from the server. A firewall or VPN may be blocking the video. Press START again, or " +
    "track on this device, which needs no such connection.",
  loading: "Loading the tracker…",
  starting: "Starting the camera…",
  pictures: "Small pictures of this recording are being sent, as you agreed.",
};

const CAMERA_ERRORS = {
  NotAllowedError: "refused",
  SecurityError: "refused",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "busy",
  AbortError: "busy",
};

// A key of WORDS for what getUserMedia or our own code threw.
export const keyOf = (error) => (error.words in WORDS ? error.words : CAMERA_ERRORS[error.name] ?? "camera");

// An error that is one of WORDS.
export const problem = (words) => Object.assign(new Error(WORDS[words]), { words });
