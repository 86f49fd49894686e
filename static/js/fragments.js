// htmx: where the focus goes after a swap, and what is said when the server refuses or is silent.

document.addEventListener("htmx:afterSwap", (event) => {
  const target = event.detail.target;
  if (target.id === "messages") return; // a live region: it is read out, the focus stays
  const wanted = target.querySelector("[data-focus-on-load], [data-focus]") ?? (target.matches("[data-focus]") ? target : null);
  if (wanted) {
    if (!wanted.matches("a, button, input, select, textarea, [tabindex]")) wanted.tabIndex = -1;
    wanted.focus();
  } else if (document.activeElement === document.body && target.isConnected) {
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
