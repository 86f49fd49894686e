// Small behaviours of components: menus, dialogs, tooltips, copy buttons, timers.

document.addEventListener("click", (event) => {
  const opener = event.target.closest?.("[data-dialog-open]");
  if (opener) document.getElementById(opener.dataset.dialogOpen)?.showModal();

  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    // an item that opens a panel leaves the page in place: its menu must not stay over it
    if (!menu.contains(event.target) || event.target.closest?.(".menu__item[hx-get]")) menu.open = false;
  }

  const copier = event.target.closest?.("[data-copy]");
  if (copier) copy(copier);
});

// a menu that opens upwards, from the foot of the composer, may begin above what is on the screen
document.addEventListener("toggle", (event) => {
  if (event.target.matches("details[data-menu][open]")) event.target.querySelector(".menu__panel--up")?.scrollIntoView({ block: "nearest" });
}, true);

// In an open menu, arrows, Home and End move, and the first letters of an item go to it: « lan » finds « Langue ».
let letters = "";
let lettersAt = 0;
document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("details[data-menu][open]");
  if (!menu || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.matches("input:not([type=checkbox], [type=radio]), select, textarea")) return;
  const items = [...menu.querySelectorAll(".menu__panel :is(a[href], button, input)")].filter((item) => item.checkVisibility());
  const here = items.indexOf(event.target);
  const to = { ArrowDown: here + 1, ArrowUp: here < 0 ? items.length - 1 : here - 1, Home: 0, End: items.length - 1 }[event.key];
  let item = to === undefined ? null : items[(to + items.length) % items.length];
  if (/^\p{L}$/u.test(event.key)) {
    letters = (event.timeStamp - lettersAt < 1000 ? letters : "") + plain(event.key);
    lettersAt = event.timeStamp;
    const start = new Set(letters).size === 1 ? letters[0] : letters; // the same letter again: the next one that begins so
    const from = Math.max(0, start.length > 1 ? here : here + 1);
    item = [...items.slice(from), ...items.slice(0, from)].find((each) => plain((each.closest("label") ?? each).textContent.trim()).startsWith(start));
  } else if (item) {
    letters = "";
  } else {
    return;
  }
  event.preventDefault();
  event.stopPropagation(); // no letter is a shortcut of the page here
  item?.focus();
}, true);
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details[data-menu][open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
  // WCAG 1.4.13: what shows on hover or focus can be dismissed without moving either
  const chip = document.querySelector(".chip:hover, .chip:focus");
  if (chip) chip.dataset.tipDismissed = "";
});
for (const type of ["focusout", "mouseout"]) {
  document.addEventListener(type, (event) => {
    const chip = event.target.closest?.(".chip[data-tip-dismissed]");
    if (chip && !chip.contains(event.relatedTarget)) delete chip.dataset.tipDismissed;
  });
}

async function copy(button) {
  const label = button.querySelector("[data-copy-label]");
  const before = label.textContent;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch {
    return; // refused by the browser: the text stands beside the button
  }
  label.textContent = button.dataset.copiedLabel;
  setTimeout(() => { label.textContent = before; }, 2000);
}

// <time data-timer datetime="2026-11-22T08:00:00+01:00">: minutes and seconds since then, once a second.
function tick() {
  for (const timer of document.querySelectorAll("[data-timer]")) {
    const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(timer.dateTime)) / 1000));
    if (Number.isNaN(seconds)) continue;
    const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
    const pad = (n) => String(n).padStart(2, "0");
    timer.textContent = `${hours ? `${hours}:${pad(minutes)}` : minutes}:${pad(seconds % 60)}`;
  }
}
tick();
setInterval(tick, 1000);
document.addEventListener("htmx:afterSettle", tick);
