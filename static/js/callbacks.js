// The queue of callbacks follows what colleagues do: on a live event, else every half minute. Never while one writes in it.

import { listen } from "./live.js";

const list = document.querySelector("[data-callbacks]");
const POLL = 30_000;
let lookedAt = Date.now();

const writing = () => list.contains(document.activeElement) || [...list.querySelectorAll("input:not([type=hidden])")].some((field) => field.value);

async function refresh() {
  lookedAt = Date.now();
  if (writing() || document.querySelector(".error-summary")) return;
  try {
    const answer = await fetch(location.href, { headers: { "HX-Request": "true", "HX-Target": "callbacks" } });
    if (!answer.ok) return;
    const html = await answer.text();
    if (!writing()) list.innerHTML = html;
  } catch {
    // the server is out of reach: the next look says more
  }
}

if (list.dataset.live) {
  listen(list.dataset.live, (event) => { if (event.kind === "callbacks") refresh(); }, (connected) => { if (connected) refresh(); });
}
setInterval(() => {
  if (!document.hidden && Date.now() - lookedAt > POLL) refresh();
}, 5000);
