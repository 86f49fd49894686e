// Files of the composer: sent as soon as they are chosen, kept beside the draft, taken out without leaving the page.

for (const zone of document.querySelectorAll("[data-attach]")) attach(zone);

function attach(zone) {
  const form = zone.closest("form");
  const input = zone.querySelector("input[type=file]");
  const list = zone.querySelector("[data-attach-list]");
  const state = zone.querySelector("[data-attach-state]");
  let last = Promise.resolve(); // one request after the other: what is chosen meanwhile waits for its turn
  let waiting = 0;
  let lost = false;

  function send(fill) {
    const fields = new FormData();
    for (const name of ["csrfmiddlewaretoken", "kind"]) fields.set(name, form.elements[name].value);
    fill(fields);
    if (!waiting) lost = false;
    waiting += 1;
    state.textContent = state.dataset.busy;
    last = last.then(() => post(fields));
    return last;
  }

  async function post(fields) {
    try {
      const answer = await fetch(zone.dataset.url, { method: "POST", body: fields, headers: { "HX-Request": "true" } });
      if (answer.redirected || !(answer.ok || answer.status === 422)) throw new Error(String(answer.status));
      list.innerHTML = await answer.text();
      if (waiting === 1) input.value = "";
      document.getElementById("reply-preview")?.replaceChildren(); // what it said is no longer what leaves
    } catch {
      lost = true;
    }
    waiting -= 1;
    if (!waiting) state.textContent = lost ? state.dataset.lost : "";
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
    if (!waiting) return;
    event.preventDefault(); // the file first: it would leave without it
    event.stopImmediatePropagation();
  }, true);
}
