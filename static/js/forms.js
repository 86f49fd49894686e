// Forms: one click sends once; a refused form brings the reader to its errors; Ctrl+Enter sends from a text.

import { forget } from "./tab.js";

// The button is disabled after the browser has collected the form's values, so that its own name and value still go.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.matches("[method=dialog], [method=get]") || form.method === "get") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  if ("leave" in form.dataset) forget(); // neither the list walked through nor a text that was sent
  setTimeout(() => setBusy(form, true));
});

// Coming back with the browser's Back button restores a live form.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) setBusy(form, false);
});
document.addEventListener("htmx:beforeRequest", (event) => {
  const form = event.detail.elt.closest?.("form");
  if (form && event.detail.requestConfig?.verb !== "get") setBusy(form, true);
});
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.detail.elt.closest?.("form");
  if (form) setBusy(form, false);
});

// A disabled button loses the focus: it gets it back with its life, unless the answer took it elsewhere.
const pressed = new WeakMap();

function setBusy(form, busy) {
  if (busy) pressed.set(form, document.activeElement);
  else delete form.dataset.sent;
  for (const button of form.querySelectorAll("button:not([type=button]), input[type=submit]")) {
    if (busy && !button.disabled) {
      button.disabled = true;
      button.dataset.busy = "";
    } else if (!busy && "busy" in button.dataset) {
      button.disabled = false;
      delete button.dataset.busy;
    }
  }
  if (busy) return;
  const last = pressed.get(form);
  pressed.delete(form);
  if (last?.isConnected && document.activeElement === document.body) last.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches?.("textarea")) {
    event.preventDefault();
    event.target.form?.requestSubmit();
  }
});

// A choice that takes effect at once: <select data-submit-on-change>. Its form keeps a button for readers without script.
document.addEventListener("change", (event) => {
  if (event.target.matches?.("[data-submit-on-change]")) event.target.form.requestSubmit();
});

const first = document.querySelector("[data-focus-on-load]");
first?.focus();
// a browser that goes to the fragment of the address takes the focus there
if (first && location.hash) {
  addEventListener("load", () => requestAnimationFrame(() => {
    if (document.activeElement === document.body) first.focus();
  }));
}
