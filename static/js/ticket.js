// The ticket page: a panel closed without leaving the page; the composer is in its own modules.

import "./composer.js";
import "./attach.js";
import "./drafts.js";
import "./templates.js";
import "./presence.js";
import "./walk.js";

let opener = null; // what opened the panel, which takes the focus back

document.addEventListener("click", (event) => {
  opener = event.target.closest?.("[hx-target='#panel']") ?? opener;
  const panel = event.target.closest?.("[data-panel-close]")?.closest("#panel");
  if (panel) {
    event.preventDefault();
    close(panel);
  }
});

// Escape gives up a panel where nothing was written yet
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open], details[data-menu][open]")) return;
  const panel = event.target.closest?.("#panel");
  const texts = panel?.querySelectorAll("textarea, input:not([type=hidden], [type=radio], [type=checkbox])") ?? [];
  if (panel && !panel.querySelector("[aria-invalid=true]") && [...texts].every((field) => field.value === field.defaultValue)) close(panel);
});

function close(panel) {
  panel.replaceChildren();
  const places = [opener, opener?.closest("details[data-menu]")?.querySelector("summary"), document.getElementById("main")];
  places.find((place) => place?.isConnected && place.checkVisibility()).focus({ preventScroll: true });
}
