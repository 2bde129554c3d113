// How tabs share a browser's few connections: node events.mjs ADDRESS_OF_EVENTS_JS; see
// tests/studio/test_page_events.py.
const { listen } = await import(process.argv[2]);
const held = new Set();
const streams = new Set();

globalThis.EventSource = class extends EventTarget {
  constructor() {
    super();
    streams.add(this);
  }
  close() {
    streams.delete(this);
  }
};

const locks = {
  request(name, { ifAvailable }, hold) {
    const lock = ifAvailable && held.has(name) ? null : { name };
    if (lock) held.add(name);
    hold(lock);
  },
};

// What the module sees belongs to the tab that is being looked at.
function tab() {
  const own = Object.assign(new EventTarget(), { hidden: false });
  globalThis.document = own;
  const made = { told: [] };
  made.end = listen({ reload: () => made.told.push("reload") });
  made.hide = async (hidden) => {
    globalThis.document = own;
    own.hidden = hidden;
    own.dispatchEvent(new Event("visibilitychange"));
    await new Promise((resolve) => setTimeout(resolve));
  };
  return made;
}

async function count(navigator) {
  Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true });
  const tabs = [];
  for (let n = 0; n < 9; n++) {
    await tabs.at(-1)?.hide(true);
    tabs.push(tab());
  }
  const opened = streams.size;
  await tabs[8].hide(true);
  const hidden = streams.size;
  await tabs[5].hide(false);
  const seen = [streams.size, tabs[5].told];
  await tabs[5].hide(true);
  const first = streams.size;
  await tabs[0].hide(false);
  await tabs[0].hide(true);
  const again = [streams.size, tabs[0].told];
  for (const each of tabs) each.end();
  return { opened, hidden, seen, first, again, left: streams.size };
}

console.log(JSON.stringify({ local: await count({ locks }), network: await count({}) }));
