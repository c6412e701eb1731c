// What this browser keeps from visit to visit; one that keeps nothing begins again each time.

export const read = (name) => {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
};

export const write = (name, value) => {
  try {
    localStorage.setItem(name, value);
  } catch { /* it keeps nothing */ }
};
