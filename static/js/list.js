// Lists of tickets: choose rows (x, Shift+x, Shift+click, all of the page), and say what came in without moving anything.

import { comeBack, keepList } from "./walk.js";

const region = document.getElementById("tickets");
const rows = () => [...region.querySelectorAll("tbody [name=selected]")];
const everything = () => region.querySelector("[data-select-list]");
let anchor = null;

function choose(box, upTo) {
  const boxes = rows();
  const [from, to] = [boxes.indexOf(anchor), boxes.indexOf(box)];
  if (upTo && from >= 0) {
    for (const one of boxes.slice(Math.min(from, to), Math.max(from, to) + 1)) one.checked = box.checked;
  }
  anchor = box;
  show();
}

function show() {
  const boxes = rows();
  const chosen = boxes.filter((box) => box.checked).length;
  const page = region.querySelector("[data-select-page]");
  if (page) {
    page.checked = chosen > 0 && chosen === boxes.length;
    page.indeterminate = chosen > 0 && chosen < boxes.length;
  }
  const number = region.querySelector("[data-selected-count]");
  if (number) {
    number.textContent = chosen;
    const word = region.querySelector("[data-selected-word]");
    word.textContent = chosen === 1 ? word.dataset.one : word.dataset.many;
  }
  if (!chosen && everything()?.checked) {
    everything().checked = false;
    everything().dispatchEvent(new Event("change", { bubbles: true })); // the total goes with it
  }
}

const links = () => [...region.querySelectorAll("tbody a[data-list-item]")];
region.addEventListener("click", (event) => {
  if (event.target.closest("a[data-list-item]")) keepList(links().map((link) => link.pathname));
  if (event.target.matches("tbody [name=selected]")) choose(event.target, event.shiftKey);
  if (event.target.closest("[data-select-none]")) {
    for (const box of rows()) box.checked = false;
    show();
  }
});
region.addEventListener("change", (event) => {
  if (event.target.matches("[data-select-page]")) {
    for (const box of rows()) box.checked = event.target.checked;
    show();
  }
  if (event.target.matches("[data-select-list]") && event.target.checked) {
    for (const box of rows()) box.checked = true;
    show();
  }
});

const typing = (node) => node.matches?.("input:not([type=checkbox], [type=radio]), textarea, select") || node.isContentEditable;
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || typing(event.target)) return;
  if (event.key.toLowerCase() !== "x" || document.querySelector("dialog[open]") || !shortcutsOn()) return;
  const box = document.activeElement.closest?.("tr")?.querySelector("[name=selected]");
  if (!box) return;
  event.preventDefault();
  box.checked = event.shiftKey ? true : !box.checked;
  choose(box, event.shiftKey);
});

// Escape gives up the filter being chosen
document.addEventListener("keydown", (event) => {
  const editor = event.key === "Escape" && event.target.closest?.("#filter-editor");
  if (!editor) return;
  editor.replaceChildren();
  region.querySelector("[data-shortcut=f]").focus();
});

function shortcutsOn() {
  try {
    return localStorage.getItem("shortcuts") !== "off";
  } catch {
    return true;
  }
}

// What came in: asked now and then, told above the list; the list itself changes only when one asks for it.
const EVERY = 30_000;
let since = "";

async function look() {
  const notice = region.querySelector("[data-news]");
  if (notice && !document.hidden) {
    const address = new URL(notice.dataset.news, location.href);
    address.search = location.search;
    address.searchParams.set("scope", notice.dataset.scope);
    if (since) address.searchParams.set("since", since);
    try {
      const answer = await fetch(address, { headers: { Accept: "application/json" } });
      if (answer.ok) tell(notice, await answer.json());
    } catch {
      // the server is out of reach: the next look says more
    }
  }
  setTimeout(look, EVERY);
}

function tell(notice, found) {
  since ||= String(found.since);
  const here = new Set(rows().map((box) => Number(box.value)));
  const fresh = found.tickets.filter((id) => !here.has(id)).length;
  const text = fresh === 1 ? notice.dataset.one : notice.dataset.many.replace("[n]", fresh);
  const place = notice.querySelector("[data-news-text]");
  if (fresh && place.textContent !== text) place.textContent = text;
  notice.hidden = !fresh;
}

show();
comeBack(links());
look();
