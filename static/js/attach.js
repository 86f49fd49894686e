// Files of the composer: sent as soon as they are chosen, kept beside the draft, taken out without leaving the page.

for (const zone of document.querySelectorAll("[data-attach]")) attach(zone);

function attach(zone) {
  const form = zone.closest("form");
  const input = zone.querySelector("input[type=file]");
  const list = zone.querySelector("[data-attach-list]");
  const state = zone.querySelector("[data-attach-state]");
  let busy = false;

  async function send(fill) {
    if (busy) return;
    const fields = new FormData();
    for (const name of ["csrfmiddlewaretoken", "kind"]) fields.set(name, form.elements[name].value);
    fill(fields);
    busy = true;
    state.textContent = state.dataset.busy;
    try {
      const answer = await fetch(zone.dataset.url, { method: "POST", body: fields, headers: { "HX-Request": "true" } });
      if (answer.redirected || !(answer.ok || answer.status === 422)) throw new Error(String(answer.status));
      list.innerHTML = await answer.text();
      input.value = "";
      state.textContent = "";
      document.getElementById("reply-preview")?.replaceChildren(); // what it said is no longer what leaves
    } catch {
      state.textContent = state.dataset.lost;
    } finally {
      busy = false;
    }
  }

  input.addEventListener("change", () => {
    if (input.files.length) send((fields) => { for (const file of input.files) fields.append("files", file); });
  });
  list.addEventListener("click", async (event) => {
    const button = event.target.closest("[name=remove]");
    if (!button) return;
    event.preventDefault();
    await send((fields) => fields.set("remove", button.value));
    input.focus();
  });
  form.addEventListener("submit", (event) => {
    if (!busy) return;
    event.preventDefault(); // the file first: it would leave without it
    event.stopImmediatePropagation();
  }, true);
}
