// Live events (docs/developer/live.md): `listen(url, heard, changed)` keeps a connection open and comes back after a failure.
// `heard({kind, id})` for each event; `changed(true)` once connected, `changed(false)` when it is lost: then the page polls.

const LONGEST = 30_000;

export function listen(url, heard, changed) {
  let last = "";
  let delay = 1000;
  let lost = false;

  const open = () => {
    const address = new URL(url, location.href);
    if (last) address.searchParams.set("last", last);
    const source = new EventSource(address, { withCredentials: true });
    source.addEventListener("ready", () => {
      delay = 1000;
      lost = false;
      changed(true);
    });
    for (const kind of ["call", "callbacks", "presence", "mention", "task", "ticket"]) {
      source.addEventListener(kind, (event) => {
        last = event.lastEventId;
        heard(JSON.parse(event.data));
      });
    }
    source.addEventListener("error", () => {
      if (!lost) changed(false);
      lost = true;
      // a refusal ends an EventSource for good; after a cut it would come back by itself, without growing its delay
      source.close();
      setTimeout(open, delay);
      delay = Math.min(LONGEST, delay * 2);
    });
    addEventListener("pagehide", () => source.close(), { once: true });
  };
  open();
}
