// Live events (docs/developer/live.md): one connection a page, whoever listens. It comes back after a failure, and is let go
// while the page is hidden: a browser opens six to a host, and the server keeps six for an agent.
// `heard({kind, id})` for each event; `changed(true)` once connected, `changed(false)` when it is lost: then the page polls.

const KINDS = ["call", "callbacks", "presence", "mention", "task", "ticket", "notice"];
const LONGEST = 30_000;
const HIDDEN = 10_000;
const connections = new Map();

export function listen(url, heard, changed = () => {}) {
  if (!connections.has(url)) connections.set(url, connection(url));
  connections.get(url)({ heard, changed });
}

function connection(url) {
  const listeners = [];
  let source = null;
  let ready = false;
  let lost = false;
  let last = "";
  let delay = 1000;
  let timer = 0;

  function open() {
    clearTimeout(timer);
    if (source || document.hidden) return;
    const address = new URL(url, location.href);
    if (last) address.searchParams.set("last", last);
    source = new EventSource(address, { withCredentials: true });
    source.addEventListener("ready", () => {
      delay = 1000;
      lost = false;
      ready = true;
      for (const each of listeners) each.changed(true);
    });
    for (const kind of KINDS) {
      source.addEventListener(kind, (event) => {
        last = event.lastEventId;
        const told = JSON.parse(event.data);
        for (const each of listeners) each.heard(told);
      });
    }
    source.addEventListener("error", () => {
      // a refusal ends an EventSource for good; after a cut it would come back by itself, without growing its delay
      close();
      if (!lost) for (const each of listeners) each.changed(false);
      lost = true;
      timer = setTimeout(open, delay);
      delay = Math.min(LONGEST, delay * 2);
    });
  }

  function close() {
    clearTimeout(timer);
    source?.close();
    source = null;
    ready = false;
  }

  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (document.hidden) timer = setTimeout(close, HIDDEN);
    else open();
  });
  addEventListener("pagehide", close);
  addEventListener("pageshow", open);
  open();
  return (listener) => {
    listeners.push(listener);
    if (ready) listener.changed(true);
  };
}
