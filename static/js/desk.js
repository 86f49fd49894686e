// The telephone and counter desks with the keyboard alone: the timer starts with the first key, Enter in the omnibox goes on
// to the question, ↓ from the question reads the articles one by one, Enter on one answers with it. F2, F4 and F8 end the
// contact from anywhere: answered with the open article, callback, request.

const desk = document.querySelector("[data-desk]");
const timer = document.querySelector("[data-desk-timer]");
const started = document.querySelector("#contact [name=started]");
const question = document.querySelector("[data-desk-question]");
const search = document.querySelector("[data-desk-search]");

// A refused form comes back with the moment it began
if (started.value) timer.dateTime = started.value;
desk.addEventListener("input", () => {
  if (started.value) return;
  started.value = timer.dateTime = new Date().toISOString();
});

let goOn = false;
search.addEventListener("submit", () => { goOn = true; });
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target.id !== "caller" || !goOn) return;
  goOn = false;
  const people = [...document.querySelectorAll("#caller [name=citizen][type=radio]")];
  const first = people.find((one) => one.checked) ?? people[0];
  if (people.length && !people.some((one) => one.checked)) {
    first.checked = true; // several namesakes: the first is proposed, the arrows go to the others
    first.focus();
  } else {
    question.focus();
  }
});
// Enter on a person goes to the question instead of ending the contact
desk.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches("[name=citizen]")) {
    event.preventDefault();
    question.focus();
  }
});

// Opening « in my own words » goes to its text. On a click, not on "toggle": a refused form comes back open, and there the
// focus belongs to what has to be corrected.
const words = document.querySelector("[data-desk-words]");
words.querySelector("summary").addEventListener("click", () => {
  if (!words.open) words.addEventListener("toggle", () => words.querySelector("textarea").focus(), { once: true });
});

// A callback is promised to the number on the form: its panel opens only to change it
const callback = document.querySelector("[data-desk-callback]");
document.addEventListener("keydown", (event) => {
  if (!["F2", "F4", "F8"].includes(event.key) || event.ctrlKey || event.altKey || event.shiftKey || event.metaKey) return;
  event.preventDefault();
  if (event.repeat) return;
  const article = document.querySelector(".answer:has(details[open]) [data-desk-article]");
  const button = document.querySelector(`[data-desk-key="${event.key}"]`);
  if (event.key === "F2" && article && question.value.trim()) article.click();
  else button.click();
});
callback.querySelector("summary").addEventListener("click", () => {
  if (!callback.open) callback.addEventListener("toggle", () => callback.querySelector("select").focus(), { once: true });
});

// The same emergency is told once: not again with each letter typed, nor opened again under the hands
const told = (part) => part.textContent.replace(/\s+/g, " ").trim();
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const { target, fragment } = event.detail;
  if (target.id === "desk-alarms" && told(target) === told(fragment)) event.detail.shouldSwap = false;
});

// Another person, another history: « 2e appel pour ce sujet » is asked again
desk.addEventListener("change", (event) => {
  if (event.target.matches("[name=citizen]")) sameSubject();
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target.id === "caller") sameSubject();
});
function sameSubject() {
  if (question.value.trim()) question.dispatchEvent(new CustomEvent("refresh"));
}

// Somebody named whom nothing lets reach is told before the request is made: they may still give a number
const unreachable = document.querySelector("[data-desk-unreachable]");
function tellUnreachable() {
  const value = (name) => document.getElementsByName(name)[0]?.value.trim() ?? "";
  const chosen = document.querySelector("[name=citizen]:checked") ?? document.querySelector("[type=hidden][name=citizen]");
  const isNew = chosen?.value === "new";
  const isLost = isNew
    ? value("name") && !value("phone") && !value("email")
    : chosen?.dataset.unreachable !== undefined && !value(`phone-${chosen.value}`);
  unreachable.hidden = !isLost || Boolean(value("callback_phone"));
}
for (const kind of ["input", "change"]) desk.addEventListener(kind, tellUnreachable);
document.addEventListener("htmx:afterSettle", tellUnreachable);
tellUnreachable();

const articles = () => [...document.querySelectorAll("[data-desk-article]")];

// The list follows the question a moment later: ↓ waits for the list of what was typed, never takes the former one.
let listedFor = question.value;
let readNext = false;
question.addEventListener("input", () => { readNext = false; });
question.addEventListener("keydown", (event) => {
  const atEnd = question.selectionStart === question.value.length;
  if (event.key !== "ArrowDown" || event.shiftKey || !atEnd) return;
  event.preventDefault();
  if (question.value === listedFor) read(articles()[0]);
  else readNext = true;
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target.id !== "articles") return;
  listedFor = event.detail.requestConfig.parameters.question ?? question.value;
  if (readNext && listedFor === question.value) {
    readNext = false;
    read(articles()[0]);
  }
});
desk.addEventListener("keydown", (event) => {
  if (!event.target.matches("[data-desk-article]")) return;
  const all = articles();
  const here = all.indexOf(event.target);
  if (event.key === "ArrowDown" && here < all.length - 1) read(all[here + 1]);
  else if (event.key === "ArrowUp" && here > 0) read(all[here - 1]);
  else if (event.key === "Escape" || event.key === "ArrowUp") question.focus();
  else return;
  event.preventDefault();
});

function read(button) {
  if (!button) return;
  for (const one of document.querySelectorAll(".answer details[open]")) one.open = false;
  button.closest(".answer").querySelector("details").open = true;
  button.focus({ preventScroll: true });
  button.closest(".answer").scrollIntoView({ block: "nearest" });
}
