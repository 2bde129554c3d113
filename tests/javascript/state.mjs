// What a tab of the studio knows, without a browser: node state.mjs ADDRESS_OF_STATE_JS; see
// tests/studio/test_page_state.py.
const { state } = await import(process.argv[2]);
const found = {};
const told = [];
state.addEventListener("change", ({ detail }) => told.push([...detail.keys]));

const painting = (id, now) => ({ id, state: now });
state.putPainting(painting("a", "waiting"));
state.putPainting(painting("b", "running"));
found.queue = [...state.queue];
state.putPainting(painting("b", "running"));
state.putPainting(painting("a", "done"));
found.after = [...state.queue];
state.putPainting(painting("a", "waiting")); // once more
found.again = [...state.queue];
found.told = told.splice(0);

state.set({ form: { presets: [{ name: "default", values: { size: 512, seed: 0 } }], panels: [] } });
state.changeSettings({ size: 1024, seed: 3 });
state.changeSettings({ size: 512, seed: undefined });
found.settings = state.order.settings;
state.changeSettings({ seed: 7 });
found.values = [state.setting("size"), state.setting("seed")];

for (const id of ["photograph", "one", "two", "mask"]) state.putPicture({ id });
const one = { picture: "one", weight: 1, scale: 1, mask: "mask" };
state.changeOrder({ photograph: "photograph", start: "two", paintings: [one, { ...one, picture: "two" }] });
state.set({ current: "b", compare: { with: "painting:two" } });
state.remove("mask");
found.unmasked = state.order.paintings.map(({ mask }) => mask);
state.remove("two");
found.left = [state.order.paintings.map(({ picture }) => picture), state.order.start, state.compare.with];
state.remove("photograph");
found.photograph = state.order.photograph;
told.splice(0);
state.remove("b");
found.removed = [told.splice(0), state.current, [...state.queue]];
state.remove("b"); // an event that comes twice changes nothing
found.twice = told.splice(0);

let calls = 0;
const end = state.watch(["online"], () => calls++);
state.set({ online: false });
state.set({ current: null });
end();
state.set({ online: true });
found.calls = calls;
console.log(JSON.stringify(found));
