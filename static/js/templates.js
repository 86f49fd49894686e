// The reply templates and the articles: Ctrl+K opens the list, typing narrows it, arrows choose, Enter inserts.

import { compose, insertInNote, insertInReply, reply } from "./composer.js";

const dialog = document.getElementById("templates");
const field = dialog?.querySelector("[role=combobox]");
const list = dialog?.querySelector("[role=listbox]");
const read = dialog?.querySelector("[data-picker-read]");

const options = () => [...list.querySelectorAll("[data-offer]")];
const active = () => list.querySelector("[data-offer][aria-selected=true]");

function choose(option) {
  for (const each of options()) each.setAttribute("aria-selected", String(each === option));
  if (option) {
    field.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  } else {
    field.removeAttribute("aria-activedescendant");
  }
  read.hidden = !option?.dataset.read;
  if (!read.hidden) read.href = option.dataset.read;
}

function take(option) {
  if (!option) return;
  dialog.close();
  if (option.dataset.note === undefined) insertInReply(option.dataset.text, option.dataset.offer, option.dataset.pk);
  else insertInNote(option.dataset.text);
}

function open() {
  if (!dialog.open) dialog.showModal();
  field.value = "";
  field.focus();
  field.dispatchEvent(new CustomEvent("picker-open"));
}

if (dialog && reply) {
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-dialog-open=templates]")) {
      event.preventDefault();
      open();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    if (!["reply", "letter"].includes(compose.dataset.compose) || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    open();
  });
  field.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      const all = options();
      choose(all[(all.indexOf(active()) + step + all.length) % all.length]);
    } else if (event.key === "Enter") {
      event.preventDefault();
      take(active());
    }
  });
  dialog.addEventListener("click", (event) => {
    const wanted = event.target.closest("[data-picker-what]");
    if (!wanted) return;
    dialog.querySelector("[name=what]").value = wanted.dataset.pickerWhat;
    for (const each of dialog.querySelectorAll("[data-picker-what]")) each.setAttribute("aria-pressed", String(each === wanted));
    field.focus();
    field.dispatchEvent(new CustomEvent("picker-open"));
  });
  list.addEventListener("click", (event) => take(event.target.closest("[data-offer]")));
  document.addEventListener("htmx:afterSwap", (event) => { if (event.detail.target === list) choose(options()[0]); });
}
