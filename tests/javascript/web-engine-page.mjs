// The page that web-engine.mjs drives: it sends messages to the engine's worker and keeps the answers.
let worker = null;
let waiting = [];
let stopAt = null; // evaluations
window.messages = [];

// Decode what a test gives: pixels of RGBA in base64.
function imageOf({ width, height, rgba }) {
  const data = Uint8ClampedArray.from(atob(rgba), (letter) => letter.charCodeAt(0));
  return new ImageData(data, width, height);
}

// What a test can read of a message: its pictures in base64, and an image's size.
function readable(message) {
  if (!message.image) return message;
  const { width, height, data } = message.image;
  let text = "";
  const step = 1 << 15; // arguments of a call
  for (let at = 0; at < data.length; at += step) text += String.fromCharCode(...data.subarray(at, at + step));
  return { ...message, image: { width, height, rgba: btoa(text) } };
}

window.openWorker = () => {
  worker?.terminate();
  worker = new Worker("/engine/worker.js", { type: "module" });
  worker.onmessage = ({ data }) => {
    window.messages.push(data);
    if (stopAt !== null && data.type === "progress" && data.evaluations >= stopAt) {
      worker.postMessage({ type: "stop", id: data.id });
    }
    for (const check of waiting) check(data);
  };
  worker.onerror = (event) => window.messages.push({ type: "died", text: event.message });
};

// Send a message, and return the first answer of one of these types.
window.ask = (message, types) => {
  const answer = new Promise((resolve) => {
    const check = (data) => {
      if (!types.includes(data.type)) return;
      waiting = waiting.filter((other) => other !== check);
      resolve(readable(data));
    };
    waiting.push(check);
  });
  worker.postMessage(message);
  return answer;
};

window.start = (backend, base) => {
  if (!window.isPrepared) window.openWorker(); // else a test has done something to it
  window.isPrepared = false;
  return window.ask({ type: "start", base, backend }, ["ready", "failed"]);
};

window.paint = (order, pictures, more = {}) => {
  const [photograph, painting] = pictures.map((picture) => (picture.rgba ? imageOf(picture) : new Blob([picture.text])));
  const resume = more.resume && { ...more.resume, image: imageOf(more.resume.image) };
  const message = { type: "paint", id: 1, photograph, painting, order, ...more, resume };
  return window.ask(message, ["done", "failed"]);
};

// Forget the messages of earlier jobs; the next one is stopped after so many evaluations, or never.
window.begin = (after) => {
  stopAt = after;
  window.messages = window.messages.filter(({ type }) => type === "loading");
};

// How much of each file has come, at last.
window.loaded = () => {
  const told = window.messages.filter(({ type }) => type === "loading");
  return Object.fromEntries(told.map(({ file, done, of }) => [file, [done, of]]));
};

window.send = (message) => worker.postMessage(message);
window.kept = (type) => window.messages.filter((message) => message.type === type).map(readable);
document.body.dataset.ready = "yes";
