// [data-shortcut="r"] or "g q" or "?": pressing the keys clicks the element, or focuses it when it is a field.
// In a [data-list], j and k move to the next and previous [data-list-item] (a link: Enter opens it).
// Never while typing; single keys can be turned off (WCAG 2.1.4). `?` lists what the page offers.

const STORED = "shortcuts";
let previous = "";
let previousAt = 0;

const typing = (node) => node.isContentEditable || node.matches?.("input:not([type=checkbox], [type=radio]), textarea, select");
const visible = (node) => node.checkVisibility?.() ?? node.offsetParent !== null;

function enabled() {
  try {
    return localStorage.getItem(STORED) !== "off";
  } catch {
    return true;
  }
}

// A page of the sidebar opens even when its group is folded, and what a closed menu holds is done without opening it.
function find(keys) {
  const found = [...document.querySelectorAll(`[data-shortcut="${CSS.escape(keys)}"]`)];
  return found.find(visible) ?? found.find((element) => element.closest(".sidebar") || inClosedMenu(element));
}

function inClosedMenu(element) {
  const summary = element.closest("details[data-menu]")?.querySelector("summary");
  return Boolean(summary && visible(summary));
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
  if (typing(event.target)) {
    if (event.key === "Escape" && event.target.matches("[type=search]")) event.target.blur();
    return;
  }
  if (!enabled() || event.key.length !== 1 || document.querySelector("dialog[open]")) return;
  if ("jk".includes(event.key) && move(event.key === "j" ? 1 : -1)) {
    event.preventDefault();
    previous = "";
    return;
  }
  const sequence = event.timeStamp - previousAt < 1200 && previous ? `${previous} ${event.key}` : event.key;
  const element = find(sequence) ?? find(event.key);
  previous = event.key;
  previousAt = event.timeStamp;
  if (!element) return;
  event.preventDefault();
  previous = "";
  if (typing(element)) {
    element.focus();
    element.select?.();
  } else {
    element.click();
    if (element.matches("summary")) element.parentElement.querySelector(".menu__panel :is(a, button, input)")?.focus();
  }
});

// The words of a link or button, without its counter or the key printed on it.
function visibleLabel(element) {
  const copy = element.cloneNode(true);
  for (const extra of copy.querySelectorAll("kbd, .count")) extra.remove();
  return copy.textContent.trim();
}

function move(step) {
  const items = [...document.querySelectorAll("[data-list] [data-list-item]")].filter(visible);
  if (!items.length) return false;
  const here = items.findIndex((item) => item === document.activeElement || item.closest("tr, li")?.contains(document.activeElement));
  const next = here < 0 ? items[step > 0 ? 0 : items.length - 1] : items[here + step];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
  return true;
}

function add(list, keys, label) {
  const [term, text] = [document.createElement("dt"), document.createElement("dd")];
  for (const key of keys) {
    const box = document.createElement("kbd");
    box.textContent = key;
    term.append(box, " ");
  }
  text.textContent = label;
  list.append(term, text);
}

function fill(list) {
  list.replaceChildren();
  const seen = new Set();
  const rows = document.querySelector("[data-list]");
  if (rows) add(list, ["j", "k"], rows.dataset.listLabel);
  if (rows?.dataset.selectLabel) add(list, ["x"], rows.dataset.selectLabel);
  // what this page does, then what every page does
  for (const element of [...document.querySelectorAll("main [data-shortcut]"), ...document.querySelectorAll("[data-shortcut]")]) {
    const keys = element.dataset.shortcut;
    if (seen.has(keys)) continue;
    seen.add(keys);
    add(list, keys.split(" "), element.dataset.shortcutLabel || element.getAttribute("aria-label") || visibleLabel(element));
  }
}

document.addEventListener("click", (event) => {
  if (!event.target.closest?.("[data-dialog-open=shortcuts]")) return;
  const list = document.querySelector("[data-shortcut-list]");
  if (list) fill(list);
});

const toggle = document.querySelector("[data-shortcut-toggle]");
if (toggle) {
  toggle.checked = enabled();
  toggle.addEventListener("change", () => {
    try {
      localStorage.setItem(STORED, toggle.checked ? "on" : "off");
    } catch {
      // not stored: the shortcuts stay on
    }
  });
}
