// The page that shelf.mjs drives: queue and gallery, and a studio that answers them in memory.
import { loadIcons } from "/page/js/dom.js";
import { emptyOrder, isOver, state } from "/page/js/state.js";

const sheet = new CSSStyleSheet(); // pictures of the test are small
sheet.replaceSync(".gallery-card > .card-picture { min-height: 11rem }");
document.adoptedStyleSheets = [sheet];

const id = (number) => String(number).padStart(20, "0");
const number = (text) => Number(text);
const PHOTOGRAPH = { id: id(1), name: "castle.jpg", width: 60, height: 40, bytes: 1, added: 1, used: true, role: "photograph" };
const PAINTING = { ...PHOTOGRAPH, id: id(2), name: "batik.png", role: "painting" };
const GONE = id(9); // a picture that was removed

const paintings = new Map();
let queue = [];
window.sent = []; // what was asked of the studio, other than to tell

function put(k, changes = {}) {
  const painting = {
    id: id(k), kind: "painting", state: "done", created: k, begun: k, ended: k, label: "",
    title: `castle ${k}`, photograph: PHOTOGRAPH.id, paintings: [PAINTING.id], group: null,
    parent: null, preset: "default", size: 60, device: "cpu", width: 60, height: 40,
    progress: null, preview: null, error: null, notices: [], seconds: 90, ...changes,
  };
  paintings.set(painting.id, painting);
  if (!isOver(painting) && !queue.includes(painting.id)) queue.push(painting.id);
  return painting;
}

const order = {
  photograph: PHOTOGRAPH.id, paintings: [{ picture: PAINTING.id, weight: 1, scale: 1, mask: null }],
  preset: "bold", settings: { size: 60, seed: 3 }, device: "cpu", start: null, parent: null,
  draft: true, variants: false, presets: false, location: false, label: "bolder strokes",
};
const detail = (painting) => ({
  ...painting,
  order: painting.title.endsWith("gone") ? { ...order, photograph: GONE } : order,
  pictures: [{ id: GONE, name: "gone.jpg", there: false }],
  curve: [[1, 1000, {}], [60, 12.5, {}]],
  settings: { size: 60, seed: 3, content_weight: 5, content_layers: [["relu4_2", 1]] },
  versions: { ortstyle: "2.0" }, sha256: "ab".repeat(32), bytes: 1234,
  command: { render: "ortstyle render castle.jpg", powershell: "", python: "import ortstyle" },
});
const refuse = (error, status) => new Response(JSON.stringify({ error, kind: "NotFound" }), { status });
const answer = (data) => new Response(JSON.stringify(data));
const inQueue = () => ({ paintings: queue.map((each) => paintings.get(each)) });

function listPaintings(query) {
  const limit = Number(query.get("limit"));
  const found = [...paintings.values()]
    .filter((painting) => !query.get("state") || painting.state === query.get("state"))
    .filter((painting) => !query.get("kind") || painting.kind === query.get("kind"))
    .sort((one, other) => other.created - one.created);
  const from = query.get("before") ? found.findIndex((each) => each.id === query.get("before")) + 1 : 0;
  return { paintings: found.slice(from, from + limit), more: found.length > from + limit };
}

const ACTS = { pause: "paused", proceed: "waiting", stop: "stopped", retry: "waiting" };

const { fetch: fetchFile } = window;

window.fetch = async (path, { method = "GET", body } = {}) => {
  const { pathname, searchParams } = new URL(path, location);
  if (!pathname.startsWith("/api/")) return fetchFile(path);
  if (method !== "GET") window.sent.push([method, path, body ? JSON.parse(body) : null]);
  const [, , what, key, act] = pathname.split("/");
  if (what !== "paintings") return refuse("Nothing is here.", 404);
  if (!key && method === "GET") return answer(listPaintings(searchParams));
  if (!key) return answer({ paintings: [put(paintings.size + 1000, { state: "waiting" })] });
  const painting = paintings.get(key);
  if (!painting) return refuse("This painting is not here.", 404);
  if (method === "DELETE") {
    paintings.delete(key);
    queue = queue.filter((each) => each !== key);
    return new Response(null, { status: 204 });
  }
  if (!act) return answer(detail(painting));
  if (act === "picture") return answer({ ...PHOTOGRAPH, id: id(100 + number(key)), name: painting.title });
  if (act === "move") {
    const { before } = JSON.parse(body);
    queue = queue.filter((each) => each !== key);
    queue.splice(before ? queue.indexOf(before) : queue.length, 0, key);
    return answer(inQueue());
  }
  return answer(put(number(key), { ...painting, state: ACTS[act] }));
};

window.state = state;
window.put = put;
// What the studio would tell: that a painting changed, or is gone.
window.tell = (k, changes = {}) => state.putPainting(put(k, { ...paintings.get(id(k)), ...changes }));
window.gone = (k) => {
  paintings.delete(id(k));
  state.remove(id(k));
};
window.fetchAgain = () => state.set({ paintings: new Map(), queue: [...queue] });

window.seen = () => {
  const titles = (selector) => [...document.querySelectorAll(`${selector} .card-title`)].map((each) => each.textContent);
  const active = document.activeElement;
  const card = active.closest("picture-card");
  return {
    queue: titles("#queue"),
    lines: [...document.querySelectorAll("#queue .card-line")].map((each) => each.textContent),
    progress: [...document.querySelectorAll("#queue .card-progress:not([hidden])")].map((each) => each.textContent),
    gallery: titles("#gallery .gallery-list > .gallery-item"),
    groups: [...document.querySelectorAll(".gallery-group")].map((each) =>
      [...each.querySelectorAll(".card-title")].map((title) => title.textContent)),
    cards: document.querySelectorAll("#gallery picture-card").length,
    notices: [...document.querySelectorAll("#notices p")].map((each) => each.textContent),
    focus: [card?.card.title ?? "", active.getAttribute("aria-label") ?? active.textContent.trim()],
    menu: document.querySelectorAll("action-menu[open]").length,
  };
};

for (let k = 10; k < 130; k++) put(k);
for (const [k, label] of [[200, "as ordered"], [201, "bolder strokes"], [202, "closer to the photograph"], [203, "further into the painting"]])
  put(k, { kind: "draft", group: "four", label });
put(300, { state: "running", progress: { evaluations: 30, of: 100, loss: 5, seconds: 3, seconds_left: 120, scale: [1, 2] } });
put(301, { state: "waiting" });
put(302, { state: "paused" });
put(303, { state: "waiting" });
put(304, { state: "failed", error: "The device has not enough memory." });

const values = { size: 512, seed: 0, content_weight: 5, content_layers: "relu4_2:1" };
state.set({
  form: { presets: ["default", "bold"].map((name) => ({ name, description: name, values })), panels: [] },
  pictures: new Map([[PHOTOGRAPH.id, PHOTOGRAPH], [PAINTING.id, PAINTING]]),
  queue: [...queue],
  paintings: new Map([...paintings].filter(([, painting]) => !isOver(painting))),
  order: { ...emptyOrder(), photograph: PHOTOGRAPH.id, settings: { size: 777 } },
});

await loadIcons();
const api = await import("/page/js/api.js");
for (const name of ["queue", "gallery"])
  (await import(`/page/js/panels/${name}.js`)).start(document.getElementById(name), state, api);
document.body.dataset.ready = "yes";
