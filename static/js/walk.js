// A request opened from a list offers the next one, the one before, and the way back, where the list stood.
// The list is kept in the tab that showed it: its address, its name, the addresses of its rows.

import { keep, kept } from "./tab.js";

const KEPT = "walk";
const LEFT = "walk-left"; // the request one comes back from

export function keepList(rows) {
  const title = document.querySelector("h1").cloneNode(true);
  for (const extra of title.querySelectorAll(".count")) extra.remove();
  const list = { back: location.pathname + location.search, name: title.textContent.trim(), rows };
  keep(KEPT, JSON.stringify(list));
}

// The row of the request one comes back from takes the focus; gone from the list, the one that took its place.
export function comeBack(links) {
  const left = kept(LEFT);
  keep(LEFT, "");
  const rows = left ? keptList()?.rows ?? [] : [];
  const next = rows.slice(rows.indexOf(left)).find((path) => links.some((link) => link.pathname === path));
  links.find((link) => link.pathname === next)?.focus();
}

function keptList() {
  try {
    return JSON.parse(kept(KEPT));
  } catch {
    return null;
  }
}

const nav = document.querySelector("[data-walk]");
const list = nav && keptList();
const here = list?.rows.findIndex((path) => location.pathname.startsWith(path)) ?? -1;

if (here >= 0) {
  const back = nav.querySelector("[data-walk-back]");
  back.href = list.back;
  back.querySelector("[data-walk-name]").textContent = list.name;
  back.addEventListener("click", () => keep(LEFT, list.rows[here]));
  const place = nav.querySelector("[data-walk-place]");
  place.textContent = place.dataset.walkPlace.replace("[n]", here + 1).replace("[total]", list.rows.length);
  for (const [name, step] of [["before", -1], ["after", 1]]) {
    const link = nav.querySelector(`[data-walk-${name}]`);
    const path = list.rows[here + step];
    if (path) link.href = path;
    else link.setAttribute("aria-disabled", "true");
  }
}
