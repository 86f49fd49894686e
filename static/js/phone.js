// The telephone desk hears its calls: a pane says who calls, without touching what is being typed. « Take » (F9, or Enter in
// the empty omnibox) fills the omnibox and starts the timer at the pick-up; a form already begun is left alone, in its tab.

import { listen } from "./live.js";

const POLL = 4000;
const QUIET = 60_000; // even when told, look now and then

const pane = document.querySelector("[data-incoming]");
const said = document.querySelector("[data-incoming-said]");
const callField = document.getElementById("contact-call");
const omnibox = document.getElementById("omnibox");
const search = document.querySelector("[data-desk-search]");
const question = document.querySelector("[data-desk-question]");
const started = document.querySelector("#contact [name=started]");
const timer = document.querySelector("[data-desk-timer]");

let connected = false;
let shown = "";
let lookedAt = Date.now();
let asking = false;
let again = false;
const announced = new Set();
const calls = () => [...pane.querySelectorAll("[data-call]")];
const key = (call) => `${call.dataset.call} ${call.dataset.state}`;
for (const call of calls()) announced.add(key(call));

async function refresh() {
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  lookedAt = Date.now();
  try {
    const answer = await fetch(`${pane.dataset.url}?call=${encodeURIComponent(callField.value)}`, { headers: { "HX-Request": "true" } });
    if (answer.ok) show(await answer.text());
  } catch {
    // the server is out of reach: the next look says more
  } finally {
    asking = false;
    if (again) {
      again = false;
      refresh();
    }
  }
}

function show(html) {
  if (html === shown) return;
  shown = html;
  const had = pane.contains(document.activeElement);
  pane.innerHTML = html;
  document.dispatchEvent(new CustomEvent("htmx:afterSettle", { detail: { target: pane } })); // the timers start at once
  for (const call of calls()) {
    if (announced.has(key(call))) continue;
    announced.add(key(call));
    said.textContent = [call.querySelector("h2"), call.querySelector(".incoming__meta span:last-of-type")?.previousElementSibling]
      .map((part) => part?.textContent.trim()).filter(Boolean).join(", ");
  }
  if (had) (pane.querySelector("[data-take]") ?? omnibox).focus();
}

function begun() {
  const answer = document.getElementById("contact-answer");
  return Boolean(question.value.trim() || answer?.value.trim());
}

function take(call) {
  if (begun()) {
    open(call.querySelector("[data-take]").href, "_blank", "noopener");
    return;
  }
  callField.value = call.dataset.call;
  started.value = timer.dateTime = call.dataset.answered ?? new Date().toISOString();
  const { number } = call.dataset;
  omnibox.value = number;
  const phone = document.getElementById("contact-callback_phone");
  if (phone) phone.value = number;
  if (number) search.requestSubmit();
  else question.focus();
  call.remove();
  shown = "";
  refresh();
}

pane.addEventListener("click", (event) => {
  const link = event.target.closest("[data-take]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  take(link.closest("[data-call]"));
});
document.addEventListener("keydown", (event) => {
  const empty = event.key === "Enter" && event.target === omnibox && !omnibox.value.trim();
  if (event.key !== "F9" && !empty) return;
  const [call] = calls();
  if (!call) return;
  event.preventDefault();
  take(call);
}, true);

// Opened on a call: it has lasted since it was picked up
if (callField.dataset.answered && !started.value) started.value = timer.dateTime = callField.dataset.answered;
if (callField.value && omnibox.value && !begun()) search.requestSubmit();

if (pane.dataset.extension) {
  if (pane.dataset.live) {
    listen(pane.dataset.live, (event) => { if (event.kind.startsWith("call.")) refresh(); }, (state) => {
      connected = state;
      pane.dataset.connected = state;
      refresh();
    });
  }
  setInterval(() => {
    if (!document.hidden && Date.now() - lookedAt > (connected ? QUIET : POLL)) refresh();
  }, 1000);
}
