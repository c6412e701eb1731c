// The message that posecount/device/messages.py describes: 16 bytes of header, 528 of landmarks, and a picture.

const VERSION = 1, HEADER = 16, LANDMARKS = 33;

// frame: { time in seconds, width, height, pose: 33 of { x, y, z, visibility } or null, picture: ArrayBuffer or null }
export const encode = ({ time, width, height, pose, picture }) => {
  const posed = pose ? LANDMARKS * 16 : 0;
  const data = new Uint8Array(HEADER + posed + (picture?.byteLength ?? 0));
  const view = new DataView(data.buffer);
  view.setUint8(0, VERSION);
  view.setUint8(1, (pose ? 1 : 0) + (picture ? 2 : 0));
  view.setUint16(2, width, true);
  view.setUint16(4, height, true);
  view.setFloat64(8, time, true);
  pose?.forEach((landmark, index) => {
    [landmark.x, landmark.y, landmark.z, landmark.visibility ?? 0].forEach((value, place) => {
      view.setFloat32(HEADER + 16 * index + 4 * place, value, true);
    });
  });
  if (picture) data.set(new Uint8Array(picture), HEADER + posed);
  return data;
};
