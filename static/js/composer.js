// The composer: reply, letter, telephone or note; what is inserted; what is left to complete; the preview.

export const compose = document.getElementById("compose");
export const reply = document.getElementById("reply-form");
const gaps = compose?.querySelector("[data-gaps]");
const preview = document.getElementById("reply-preview");

// the same as `leftovers` in tickets/reply_variables.py, which has the last word
const LEFT = /\{\{[^{}\n]{0,80}\}\}|\[\s*[àa]\s+compl[ée]ter[^\]\n]{0,120}\]|(?<![\p{L}\p{N}_])X{3,}(?![\p{L}\p{N}_])|\{\{|\}\}/giu;

export function show(name) {
  compose.dataset.compose = name;
  for (const tab of compose.querySelectorAll("[data-compose-show]")) {
    tab.setAttribute("aria-expanded", String(tab.dataset.composeShow === name));
  }
  // a reply and a letter are the same text, sent another way
  return compose.querySelector(`.composer--${name === "letter" ? "reply" : name} textarea`);
}

// At the caret, as typed text: the browser's own undo takes it back. What is to complete is selected.
export function insert(text, words) {
  const before = text.value.slice(0, text.selectionStart);
  text.focus();
  if (before && !before.endsWith("\n")) words = `\n\n${words}`;
  const start = text.selectionStart;
  if (!document.execCommand("insertText", false, words)) {
    text.setRangeText(words, text.selectionStart, text.selectionEnd, "end");
    text.dispatchEvent(new Event("input", { bubbles: true }));
  }
  const first = left(text.value.slice(start, start + words.length))[0];
  if (first) select(text, start + first.index, first[0].length);
}

// What citizens must never receive goes here.
export function insertInNote(words) {
  const text = show("note");
  if (text) insert(text, words);
  return Boolean(text);
}

// `name` and `used`: what the reply says it was made of (templates or articles), to be counted once it leaves.
export function insertInReply(words, name, used) {
  const text = show(compose.dataset.compose === "letter" ? "letter" : "reply");
  if (!text) return false;
  insert(text, words);
  if (used) {
    const field = Object.assign(document.createElement("input"), { type: "hidden", name, value: used });
    reply.querySelector("[data-used]").append(field);
  }
  return true;
}

function left(words) {
  return [...words.matchAll(LEFT)];
}

function select(text, start, length) {
  text.focus();
  text.setSelectionRange(start, start + length);
}

function tellGaps(text) {
  const found = left(text.value);
  const names = [...new Set(found.map((each) => each[0]))].slice(0, 4);
  if (gaps.dataset.shown === names.join("\n")) return;
  gaps.dataset.shown = names.join("\n");
  gaps.replaceChildren();
  if (!names.length) return;
  gaps.append(gaps.dataset.label);
  for (const name of names) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: name });
    button.addEventListener("click", () => {
      const at = text.value.indexOf(name);
      if (at >= 0) select(text, at, name.length);
    });
    gaps.append(" ", button);
  }
}

document.addEventListener("click", (event) => {
  const tab = event.target.closest?.("[data-compose-show]");
  if (tab) show(tab.dataset.composeShow)?.focus();

  const offer = event.target.closest?.("[data-insert]");
  if (offer && reply) {
    const { insert: words, article, note } = offer.dataset;
    if (note === undefined ? insertInReply(words, "articles", article) : insertInNote(words)) event.preventDefault();
  }

  if (event.target.closest?.("[data-preview-close]")) {
    preview.replaceChildren();
    reply.querySelector("textarea").focus();
  }
});

if (reply) {
  const text = reply.querySelector("textarea");
  text.addEventListener("input", () => tellGaps(text));
  tellGaps(text);

  // Ctrl+Enter shows what will leave, and then sends it
  reply.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.target !== text) return;
    event.preventDefault();
    event.stopPropagation();
    const next = compose.dataset.compose === "letter" ? reply.querySelector("[data-letter]") : reply.querySelector("[data-preview]");
    next?.click();
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target === preview) preview.scrollIntoView({ block: "nearest" });
  });
  // what is written since makes the preview a lie
  text.addEventListener("input", () => preview.replaceChildren());
}
