// The page's client of the engine with workers that are told what to say; see tests/web/test_page_engine_client.py.
const { EngineClient } = await import(process.argv[2]);

class FakeWorker extends EventTarget {
  sent = [];
  ended = false;

  postMessage(message) {
    this.sent.push(message);
  }

  terminate() {
    this.ended = true;
  }

  say(data) {
    this.dispatchEvent(Object.assign(new Event("message"), { data }));
  }

  die(message) {
    this.dispatchEvent(Object.assign(new Event("error", { cancelable: true }), { message }));
  }
}

function begin(backend) {
  const workers = [];
  const told = [];
  const open = () => {
    workers.push(new FakeWorker());
    return workers.at(-1);
  };
  const tell = (kind, detail) => told.push([kind, detail]);
  const client = new EngineClient({ open, base: "base/", tell });
  client.start(backend);
  const ready = () => workers.at(-1).say({ type: "ready", backend: "webgpu" });
  const kinds = () => told.map(([kind]) => kind);
  return { workers, told, client, ready, kinds, worker: () => workers.at(-1) };
}

const order = { size: 64 };
const paint = (client) => client.paint({ photograph: "a", painting: "b", order });
const lost = (worker, id = 1) => worker.say({ type: "failed", id, kind: "lost", text: "gone", at: null });
const step = (worker, evaluations, id = 1) => {
  worker.say({ type: "progress", id, evaluations, scale: [2, 3] });
  worker.say({ type: "preview", id, evaluations, image: `picture ${evaluations}` });
};

function painted() {
  const { client, ready, worker, told, kinds } = begin("auto");
  paint(client); // before it's ready
  const early = worker().sent.length;
  ready();
  step(worker(), 1);
  worker().say({ type: "progress", id: 99, evaluations: 5, scale: [1, 1] }); // of no painting
  client.stop();
  worker().say({ type: "done", id: 1, evaluations: 2 });
  client.stop(); // nothing is painted
  step(worker(), 7); // late
  return { early, sent: worker().sent, kinds: kinds(), done: told.at(-1) };
}

// Lost twice with progress between, so that it goes on each time from where it was.
function recovered() {
  const { client, ready, worker, workers, kinds } = begin("auto");
  ready();
  paint(client);
  lost(worker()); // before the first preview
  ready();
  step(worker(), 4);
  worker().die("crash");
  ready();
  workers[0].say({ type: "done", id: 1 }); // of a worker that has ended
  step(worker(), 6);
  worker().say({ type: "done", id: 1, evaluations: 9 });
  const resumed = workers.map(({ sent }) => sent.find(({ type }) => type === "paint")?.resume ?? null);
  return { resumed, kinds: kinds(), ended: workers.map(({ ended }) => ended) };
}

// Lost again and again without progress.
function givenUp() {
  const { client, ready, worker, workers, told } = begin("auto");
  ready();
  paint(client);
  step(worker(), 5);
  for (let time = 0; time < 4; time++) {
    lost(worker());
    ready();
  }
  const failed = told.find(([kind]) => kind === "failed");
  const recoveries = told.filter(([kind]) => kind === "recovering").map(([, { tries }]) => tries);
  const count = workers.length;
  client.start("wasm");
  paint(client);
  ready();
  return { failed, recoveries, count, after: worker().sent.map(({ type, id, backend }) => [type, id ?? backend]) };
}

function neverReady() {
  const { worker, workers, told } = begin("auto");
  for (let time = 0; time < 8; time++) worker().die("no module");
  return { told, backends: workers.map(({ sent }) => sent[0].backend), ended: worker().ended };
}

function unable() {
  const { worker, told } = begin("auto");
  worker().say({ type: "failed", kind: "other", text: "no WebAssembly", at: null });
  return { told, ended: worker().ended };
}

// A start that fails while something is to be painted, and the next try.
function notWhole() {
  const { client, ready, worker, workers, told } = begin("webgpu");
  ready();
  paint(client);
  worker().die("crash");
  worker().say({ type: "failed", kind: "network", text: "offline", at: null });
  const ended = worker().ended;
  paint(client);
  ready();
  const kinds = told.slice(1).map(([kind, detail]) => [kind, detail.kind ?? null]);
  return { kinds, ended, count: workers.length, last: worker().sent.map(({ type }) => type) };
}

// A worker whose script does not come tells nothing but that.
function noScript() {
  const { worker, told, workers } = begin("auto");
  for (let time = 0; time < 4; time++) worker().die(undefined);
  return { told, backends: workers.map(({ sent }) => sent[0].backend) };
}

// A device that is lost while it is to stop.
function stoppedAndLost() {
  const { client, ready, worker, workers, told } = begin("auto");
  ready();
  paint(client);
  step(worker(), 4);
  client.stop();
  lost(worker());
  ready();
  return { told: told.at(-2), count: workers.length, last: worker().sent.map(({ type }) => type) };
}

// After each kind of failure: whether another worker was started.
function renewed() {
  return Object.fromEntries(["memory", "other", "picture", "network", "site"].map((kind) => {
    const { client, ready, worker, workers } = begin("auto");
    ready();
    paint(client);
    worker().say({ type: "failed", id: 1, kind, text: "no", at: null });
    return [kind, workers.length > 1];
  }));
}

function memory() {
  const { client, ready, worker, workers, told } = begin("webgpu");
  ready();
  paint(client);
  worker().say({ type: "failed", id: 1, kind: "memory", text: "full", at: null });
  return { told: told.at(-1), count: workers.length, backend: worker().sent[0].backend };
}

// Of several plans only the last one's answer is told; none is asked for while something is painted.
function planned() {
  const { client, ready, worker, told } = begin("auto");
  client.plan(order, [1, 2], [3, 4]); // not ready yet
  const early = worker().sent.length;
  ready();
  for (let time = 0; time < 3; time++) client.plan(order, [1, 2], [3, 4]);
  for (const bytes of [1, 2, 3]) worker().say({ type: "planned", bytes });
  client.plan(order, [1, 2], [3, 4]);
  worker().say({ type: "unplanned", text: "no canvas" });
  paint(client);
  client.plan(order, [1, 2], [3, 4]);
  const kinds = worker().sent.map(({ type }) => type);
  return { early, told: told.slice(1), kinds, sent: worker().sent[1] };
}

console.log(JSON.stringify({
  painted: painted(), recovered: recovered(), givenUp: givenUp(), neverReady: neverReady(),
  unable: unable(), notWhole: notWhole(), noScript: noScript(), stoppedAndLost: stoppedAndLost(),
  renewed: renewed(), memory: memory(), planned: planned(),
}));
