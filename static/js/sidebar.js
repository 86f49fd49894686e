// The sidebar: folded groups are remembered; the counts of the saved views come once the page is shown.

const nav = document.querySelector("[data-fold-url]");

// `toggle` does not bubble, and also fires for the groups that are open when the page is read
for (const group of nav?.querySelectorAll("[data-fold]") ?? []) {
  let open = group.open;
  group.addEventListener("toggle", () => {
    if (group.open === open) return;
    open = group.open;
    const { "X-CSRFToken": token } = JSON.parse(document.body.getAttribute("hx-headers") ?? "{}");
    const body = new URLSearchParams({ group: group.dataset.fold, folded: open ? "0" : "1" });
    fetch(nav.dataset.foldUrl, { method: "POST", headers: { "X-CSRFToken": token ?? "" }, body, keepalive: true }).catch(() => {});
  });
}

const places = [...document.querySelectorAll("[data-view-count]")];
async function count() {
  try {
    const answer = await fetch(nav.dataset.countUrl, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const counts = await answer.json();
    for (const place of places) place.textContent = counts[place.dataset.viewCount] ?? "";
  } catch {
    // no count is shown: the views open all the same
  }
}
if (places.length) count();
