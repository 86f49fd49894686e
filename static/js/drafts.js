// What is typed is kept on the server: a moment after the last key, and when the page is left. What is sent is kept in
// the tab until the next page with a composer: when the session was over, it comes back after the login.

import { compose, show } from "./composer.js";
import { keep as keepInTab, kept as keptInTab } from "./tab.js";

const WAIT = 1500;

const SENT = "sent-text";

const saves = [];

const forms = document.querySelectorAll("form[data-draft]");
const lost = forms.length ? takeSent() : null;
for (const form of forms) keep(form);

// [which composer of whom, what it sent], when this page is the one a login led to
function takeSent() {
  const sent = keptInTab(SENT);
  if (sent) keepInTab(SENT, "");
  return sent && document.referrer.startsWith(new URL(compose.dataset.login, location.href).href) ? JSON.parse(sent) : null;
}

export const flush = () => Promise.all(saves.map((save) => save()));

function keep(form) {
  const text = form.querySelector("textarea");
  const line = form.querySelector("[data-draft-line]");
  const state = form.querySelector("[data-draft-state]");
  const trash = form.querySelector("[data-draft-discard]");
  let kept = text.value;
  let timer = 0;
  let flight = null;
  let sent = false;
  const stashed = JSON.stringify([form.dataset.draftUrl, form.dataset.draft, compose.dataset.by]);

  async function save(leaving = false) {
    clearTimeout(timer);
    if (sent || text.value === kept) return;
    const body = text.value;
    const fields = new FormData();
    for (const name of ["csrfmiddlewaretoken", "seen"]) fields.set(name, form.elements[name].value);
    fields.set("kind", form.dataset.draft);
    fields.set("body", body);
    flight?.abort();
    flight = new AbortController();
    try {
      // a request that outlives its page may carry 64 kB
      const answer = await fetch(form.dataset.draftUrl, { method: "POST", body: fields, keepalive: leaving && body.length < 20_000, signal: flight.signal });
      if (!answer.ok || answer.redirected) throw new Error(answer.redirected ? "out" : String(answer.status));
      kept = body;
      tell((await answer.json()).at);
    } catch (error) {
      if (error.name === "AbortError" || leaving) return;
      line.hidden = false;
      state.textContent = error.message === "out" ? state.dataset.out : state.dataset.lost;
      timer = setTimeout(save, 10 * WAIT);
    }
  }

  saves.push(save);

  function tell(at) {
    line.hidden = !at;
    state.textContent = at ? state.dataset.kept.replace("{at}", at) : "";
  }

  text.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(save, WAIT);
  });
  document.addEventListener("visibilitychange", () => { if (document.hidden) save(true); });
  addEventListener("pagehide", () => save(true));
  addEventListener("pageshow", () => { sent = false; });
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    sent = true;
    clearTimeout(timer);
    flight?.abort();
    keepInTab(SENT, JSON.stringify([stashed, text.value]));
  });
  if (lost?.[0] === stashed && lost[1] !== text.value) {
    text.value = lost[1];
    setTimeout(() => text.dispatchEvent(new Event("input", { bubbles: true }))); // once the composer listens
    show(form.dataset.draft)?.focus();
  }
  // the same gesture as typing: the browser's undo brings the text back
  trash?.addEventListener("click", (event) => {
    event.preventDefault();
    text.focus();
    text.select();
    if (!document.execCommand("delete")) text.value = "";
    save();
  });
}
