// What concerns this agent, told on every page while it is open: the bell counts again, an emergency and the call that rings
// at their extension show in a place of their own, over the page, until they are closed. Nothing of the page moves.

import { listen } from "./live.js";
import { keep, kept } from "./tab.js";

const bell = document.querySelector("[data-bell]");
const said = document.querySelector("[data-bell-said]");
const alarms = document.querySelector("[data-alarms]");
const calls = document.querySelector("[data-calls]");
const rings = calls && !document.querySelector("[data-incoming]"); // the telephone desk shows its calls itself
let begun = false;

async function ask(url) {
  try {
    const answer = await fetch(url, { headers: { "HX-Request": "true" } });
    return answer.ok && !answer.redirected ? new DOMParser().parseFromString(await answer.text(), "text/html").body : null;
  } catch {
    return null; // the server is out of reach: the next page says more
  }
}

async function count() {
  const found = await ask(`${bell.dataset.url}?after=${kept("alarm") || 0}`);
  const next = found?.querySelector("[data-bell]");
  if (!next) return;
  if (bell.textContent !== next.textContent) {
    bell.innerHTML = next.innerHTML;
    said.textContent = bell.querySelector(".visually-hidden").textContent;
  }
  for (const toast of found.querySelectorAll("[data-alarm]")) {
    keep("alarm", Math.max(Number(kept("alarm")), Number(toast.dataset.alarm)));
    alarms.append(document.importNode(toast, true));
  }
}

async function ring() {
  const found = await ask(calls.dataset.url);
  const shown = [...(found?.querySelectorAll("[data-call]") ?? [])].filter((call) => call.dataset.call !== kept("call-closed"));
  keep("ringing", shown.length ? "1" : "");
  const key = (list) => list.map((call) => `${call.dataset.call} ${call.dataset.state}`).join();
  if (key(shown) !== key([...calls.children])) calls.replaceChildren(...shown.map((call) => document.importNode(call, true)));
}

if (bell) {
  document.querySelector("[data-toasts]").addEventListener("click", (event) => {
    const toast = event.target.closest("[data-toast-close]")?.closest(".toast");
    if (!toast) return;
    if (toast.dataset.call) keep("call-closed", toast.dataset.call);
    toast.remove();
  });
  listen(bell.dataset.live, (event) => {
    if (event.kind === "notice") count();
    else if (event.kind.startsWith("call.") && rings) ring();
  }, (connected) => {
    bell.dataset.connected = connected;
    if (connected && begun) count(); // what was told meanwhile
    if (connected && (begun || kept("ringing")) && rings) ring();
    begun ||= connected;
  });
}
