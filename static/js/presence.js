// Who else is on the ticket, and the colleague who is writing the reply: told every quarter of a minute, at once when live.

import { compose, reply } from "./composer.js";
import { flush } from "./drafts.js";
import { listen } from "./live.js";

const EVERY = 15_000;
const WRITING = 90_000; // after the last key
const arrived = compose?.querySelector("[data-arrived]");
const region = compose?.querySelector("[data-presence]");
const url = compose?.dataset.presenceUrl;
const me = crypto.randomUUID?.() ?? Math.random().toString(36).slice(2).padEnd(8, "0");
const typed = { reply: 0, note: 0 };
let told = "";
let anyway = false;

function state() {
  const now = Date.now();
  return ["reply", "note"].find((kind) => now - typed[kind] < WRITING) ?? "view";
}

function fields(what) {
  const data = new FormData();
  data.set("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
  data.set("page", me);
  data.set("state", what);
  return data;
}

async function tell() {
  if (document.hidden) return;
  told = state();
  try {
    const answer = await fetch(url, { method: "POST", body: fields(told) });
    if (!answer.ok || answer.redirected) return;
    tellArrival(Number(answer.headers.get("X-Last-Message")));
    render(await answer.text());
  } catch {
    // the server is out of reach: the next time says more
  }
}

// What came after the last message of this page: a line beside the others', in the place kept for them.
function tellArrival(last) {
  if (!last || last <= Number(reply.elements.seen.value) || arrived.firstElementChild) return;
  const link = Object.assign(document.createElement("a"), { href: `#message-${last}`, textContent: arrived.dataset.link });
  link.addEventListener("click", async (event) => {
    event.preventDefault();
    await flush(); // what is being written comes back with the page
    history.replaceState(null, "", `${location.pathname}#message-${last}`);
    location.reload();
  });
  arrived.append(`${arrived.dataset.text} `, link);
}

// The region is announced: it only changes when somebody comes, goes, or begins to write.
function render(html) {
  const next = new DOMParser().parseFromString(html, "text/html").body.firstElementChild;
  const shown = region.firstElementChild;
  if ((next?.dataset.key ?? "") === (shown?.dataset.key ?? "")) {
    const lengths = [...(shown?.querySelectorAll("[data-for]") ?? [])];
    const now = [...(next?.querySelectorAll("[data-for]") ?? [])];
    if (lengths.length === now.length) {
      lengths.forEach((each, at) => { each.textContent = now[at].textContent; });
      return;
    }
  }
  region.replaceChildren(...(next ? [document.importNode(next, true)] : []));
  hold();
}

// A colleague writes the reply: ours waits for a word, unless it was begun before.
function hold() {
  const locked = Boolean(region.querySelector("[data-locks]"));
  if (!locked) anyway = false;
  const held = locked && !anyway && !reply.querySelector("textarea").value.trim();
  reply.querySelector("textarea").readOnly = held;
  reply.classList.toggle("is-held", held);
  const button = region.querySelector("[data-write-anyway]");
  if (button) button.hidden = !held;
}

if (url && reply) {
  for (const kind of ["reply", "note"]) {
    document.querySelector(`#${kind}-form textarea`)?.addEventListener("input", (event) => {
      typed[kind] = event.target.value.trim() ? Date.now() : 0;
      if (state() !== told) tell();
    });
  }
  region.addEventListener("click", (event) => {
    if (!event.target.closest("[data-write-anyway]")) return;
    anyway = true;
    hold();
    reply.querySelector("textarea").focus();
  });
  // nobody there, nobody to tell: the page is forgotten by itself
  addEventListener("pagehide", () => {
    if (region.firstElementChild) fetch(url, { method: "POST", body: fields("gone"), keepalive: true }).catch(() => {});
  });
  document.addEventListener("visibilitychange", tell);
  addEventListener("pageshow", (event) => { if (event.persisted) tell(); });
  if (compose.dataset.live) {
    listen(compose.dataset.live, (event) => {
      if (["presence", "ticket"].includes(event.kind) && event.id === Number(compose.dataset.ticket)) tell();
    });
  }
  setInterval(tell, EVERY);
  tell();
}
