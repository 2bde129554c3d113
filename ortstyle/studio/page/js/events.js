/** The stream of events of this tab. A break is mended with nothing lost, or all is fetched anew. */

const KINDS = ["hello", "painting", "removed", "picture", "queue", "notice", "reload"];
const SILENCE = 45_000; // milliseconds; the studio is heard every 15 seconds
// A browser has six connections to the studio for all its tabs together, and a stream takes one.
const HIDDEN = 3; // tabs that listen while they are hidden; others listen again once they are seen

/**
 * Listen until the page is closed. `handlers` has functions by kind of event, each called with the
 * data, and `online`, `offline`. Returns a function that ends it.
 */
export function listen(handlers) {
  let source, timer, watch, ended = false, broken = false, beats = false, tries = 0;
  let place = null, resting = false;

  function open() {
    source = new EventSource("/api/events");
    for (const kind of KINDS) source.addEventListener(kind, (event) => receive(kind, event));
    source.addEventListener("heartbeat", () => {
      beats = true;
      heard();
    });
    source.onopen = () => {
      tries = 0;
      heard();
      if (broken) handlers.online?.();
      broken = false;
    };
    source.onerror = () => {
      if (!broken && !ended) handlers.offline?.();
      broken = true;
      // The browser tries again by itself, and names the last event, unless it was refused.
      if (source.readyState === EventSource.CLOSED) again();
    };
  }

  function receive(kind, event) {
    heard();
    handlers[kind]?.(event.data ? JSON.parse(event.data) : {});
  }

  function again() {
    if (ended || resting) return;
    source.close();
    clearTimeout(timer);
    timer = setTimeout(() => {
      open();
      handlers.reload?.({});
    }, Math.min(30_000, 500 * 2 ** tries++));
  }

  // A laptop that slept may hold a connection that is dead without knowing it.
  function heard() {
    clearTimeout(watch);
    if (beats) watch = setTimeout(again, SILENCE);
  }

  async function follow() {
    if (!document.hidden) {
      if (!resting || ended) return;
      resting = false;
      open();
      handlers.reload?.({});
      return;
    }
    if (await (place ??= takePlace())) return;
    place = null;
    if (!document.hidden) return; // seen again meanwhile
    resting = true;
    source.close();
    clearTimeout(timer);
    clearTimeout(watch);
  }

  open();
  document.addEventListener("visibilitychange", follow);
  follow();
  return () => {
    ended = true;
    document.removeEventListener("visibilitychange", follow);
    clearTimeout(timer);
    clearTimeout(watch);
    source.close();
  };
}

/** Take a place among the hidden tabs that listen, until this tab is closed; whether there is one. */
async function takePlace() {
  if (!navigator.locks) return false; // over the network without HTTPS
  for (let number = 0; number < HIDDEN; number++) {
    const isTaken = await new Promise((resolve) => {
      const hold = (lock) => {
        resolve(lock !== null);
        return lock && new Promise(() => {}); // held as long as the tab is there
      };
      navigator.locks.request(`ortstyle-listens-${number}`, { ifAvailable: true }, hold);
    });
    if (isTaken) return true;
  }
  return false;
}
