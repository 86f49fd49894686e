// The ticket page: a panel closed without leaving the page; the composer is in its own modules.

import "./composer.js";
import "./attach.js";
import "./drafts.js";
import "./templates.js";
import "./presence.js";

document.addEventListener("click", (event) => {
  const closer = event.target.closest?.("[data-panel-close]");
  const panel = closer?.closest("#panel");
  if (panel) {
    event.preventDefault();
    panel.replaceChildren();
    document.getElementById("main").focus({ preventScroll: true });
  }
});
