// htmx: where the focus goes after a swap, and what is said when the server refuses or is silent.

const ACTS = ["click", "submit", "change", "input"]; // what somebody does; not what a page loads or refreshes by itself
const held = new WeakSet(); // the targets that had the focus when they were asked for

document.addEventListener("htmx:beforeRequest", (event) => {
  const { target, requestConfig } = event.detail;
  const here = document.activeElement;
  const acted = ACTS.includes(requestConfig.triggeringEvent?.type);
  if (acted || (here !== document.body && target.contains(here))) held.add(target);
});

document.addEventListener("htmx:afterSwap", (event) => {
  const target = event.detail.target;
  const had = held.delete(target);
  if (target.id === "messages") return; // a live region: it is read out, the focus stays
  const wanted = target.querySelector("[data-focus-on-load], [data-focus]") ?? (target.matches("[data-focus]") ? target : null);
  if (wanted) {
    if (!wanted.matches("a, button, input, select, textarea, [tabindex]")) wanted.tabIndex = -1;
    wanted.focus();
  } else if (had && document.activeElement === document.body && target.isConnected) {
    // what had the focus was replaced: stay in the place instead of going back to the top of the page
    if (!target.hasAttribute("tabindex")) target.tabIndex = -1;
    target.focus({ preventScroll: true });
  }
});

// Refused forms (422) and refusals that say where they go (HX-Retarget) are shown; any other error leaves the page as it is.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (xhr.status < 400) return;
  const placed = xhr.status === 422 || xhr.getResponseHeader("HX-Retarget");
  event.detail.shouldSwap = Boolean(placed);
  event.detail.isError = !placed;
  if (!placed) tellFailure();
});
document.addEventListener("htmx:sendError", tellFailure);
document.addEventListener("htmx:timeout", tellFailure);

function tellFailure() {
  const region = document.getElementById("messages");
  if (!region) return;
  const box = document.createElement("div");
  box.className = "alert alert--error";
  box.textContent = region.dataset.failure;
  region.replaceChildren(box);
  region.scrollIntoView({ block: "nearest" });
}
