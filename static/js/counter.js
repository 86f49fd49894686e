// The counter with the keyboard: F9 does what comes next with the visitor (call them, then say they are here), also while
// one types. A letter would be written in the field.

document.addEventListener("keydown", (event) => {
  if (event.key !== "F9" || event.ctrlKey || event.altKey || event.shiftKey || event.metaKey || event.repeat) return;
  const next = document.querySelector("[data-visitor-next]");
  if (!next || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  // nobody waited a moment ago: somebody may have come since
  if (next.disabled) document.getElementById("visitor")?.dispatchEvent(new CustomEvent("refresh"));
  else next.click();
});
