// The ticket page: files shown in a window, text selected in a message taken by « Split », colleagues proposed after « @ ».

const preview = document.getElementById("file-preview");
const colleagues = document.querySelector("[data-colleagues]")?.dataset.colleagues;

// ---- files: the link opens the file's own page without this script
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-preview]");
  if (!link || !preview || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  preview.querySelector(".dialog__title").textContent = link.dataset.name;
  const body = document.getElementById("preview-body");
  body.replaceChildren();
  preview.showModal();
  htmx.ajax("GET", link.dataset.preview, { target: body, swap: "innerHTML" });
});
preview?.addEventListener("close", () => document.getElementById("preview-body").replaceChildren());

// ---- split: what was selected in the message becomes the text of the new request
let excerpt = "";
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-split]");
  if (!link) return;
  const selection = getSelection();
  const inside = selection.anchorNode && link.closest(".bubble")?.contains(selection.anchorNode);
  excerpt = inside ? selection.toString().trim() : "";
}, true);
document.addEventListener("htmx:afterSettle", (event) => {
  const text = excerpt && event.detail.target.id === "panel" && event.target.querySelector?.("[data-excerpt]");
  if (text) {
    text.value = excerpt;
    excerpt = "";
  }
});

// ---- « @ » in a note: the names of those who may open the ticket (combobox with a list, WAI-ARIA)
const WORD = /(?:^|[^\p{L}\p{N}_@.])@([\p{L}\p{N}'’ -]{0,40})$/u;
let list = null;
let field = null;
let asked = 0;

function typed(text) {
  return WORD.exec(text.value.slice(0, text.selectionStart))?.[1] ?? null;
}

function close() {
  list?.remove();
  list = null;
  field?.removeAttribute("aria-activedescendant");
  field?.removeAttribute("aria-controls");
}

function mark(index) {
  const options = [...list.children];
  options.forEach((option, n) => option.setAttribute("aria-selected", String(n === index)));
  field.setAttribute("aria-activedescendant", options[index].id);
  options[index].scrollIntoView({ block: "nearest" });
}

function chosen() {
  return [...list.children].findIndex((option) => option.getAttribute("aria-selected") === "true");
}

function take(name) {
  const from = field.selectionStart - typed(field).length;
  field.setSelectionRange(from, field.selectionStart);
  if (!document.execCommand("insertText", false, `${name} `)) field.setRangeText(`${name} `, from, field.selectionStart, "end");
  close();
}

async function propose(text) {
  const words = typed(text);
  const turn = ++asked;
  if (words === null || words.split(" ").length > 4) return close();
  let agents = [];
  try {
    const answer = await fetch(`${colleagues}?q=${encodeURIComponent(words)}`, { headers: { Accept: "application/json" } });
    if (answer.ok) ({ agents } = await answer.json());
  } catch {
    return close(); // the server is out of reach: a name may still be typed
  }
  if (turn !== asked || document.activeElement !== text) return;
  close();
  const known = agents.filter((agent) => agent.name.toLowerCase() !== words.trim().toLowerCase());
  if (!known.length) return;
  field = text;
  list = document.createElement("ul");
  list.className = "mention-list";
  list.id = "mention-list";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "@");
  known.forEach((agent, n) => {
    const option = document.createElement("li");
    option.id = `mention-${n}`;
    option.setAttribute("role", "option");
    option.textContent = agent.name;
    if (agent.title) {
      const title = document.createElement("small");
      title.textContent = ` ${agent.title}`;
      option.append(title);
    }
    option.addEventListener("mousedown", (event) => {
      event.preventDefault();
      take(agent.name);
    });
    option.dataset.name = agent.name;
    list.append(option);
  });
  text.after(list);
  text.setAttribute("aria-controls", list.id);
  mark(0);
}

const isNote = (target) => colleagues && target.matches?.(".composer--note textarea");
document.addEventListener("input", (event) => { if (isNote(event.target)) propose(event.target); });
document.addEventListener("focusout", (event) => { if (isNote(event.target)) close(); });
document.addEventListener("keydown", (event) => {
  if (!list || event.target !== field) return;
  const last = list.children.length - 1;
  if (event.key === "ArrowDown") mark(chosen() >= last ? 0 : chosen() + 1);
  else if (event.key === "ArrowUp") mark(chosen() <= 0 ? last : chosen() - 1);
  else if (event.key === "Enter" || event.key === "Tab") take(list.children[chosen()].dataset.name);
  else if (event.key === "Escape") close();
  else return;
  event.preventDefault();
  event.stopPropagation();
}, true);
