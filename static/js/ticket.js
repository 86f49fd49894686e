// The ticket page: reply or note, a ready-made answer put into the reply, a panel closed without leaving the page.

const compose = document.getElementById("compose");

function show(name) {
  compose.dataset.compose = name;
  for (const tab of compose.querySelectorAll("[data-compose-show]")) {
    tab.setAttribute("aria-expanded", String(tab.dataset.composeShow === name));
  }
  return compose.querySelector(`.composer--${name} textarea`);
}

document.addEventListener("click", (event) => {
  const tab = event.target.closest?.("[data-compose-show]");
  if (tab) show(tab.dataset.composeShow)?.focus();

  const offer = event.target.closest?.("[data-insert]");
  const text = offer && compose ? show("reply") : null;
  if (text) {
    event.preventDefault();
    insert(text, offer.dataset.insert);
  }

  const closer = event.target.closest?.("[data-panel-close]");
  const panel = closer?.closest("#panel");
  if (panel) {
    event.preventDefault();
    panel.replaceChildren();
    document.getElementById("main").focus({ preventScroll: true });
  }
});

// At the caret, as typed text: the browser's own undo takes it back.
function insert(text, words) {
  const before = text.value.slice(0, text.selectionStart);
  text.focus();
  if (before && !before.endsWith("\n")) words = `\n\n${words}`;
  if (!document.execCommand("insertText", false, words)) text.setRangeText(words, text.selectionStart, text.selectionEnd, "end");
}
