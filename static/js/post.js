// The post desk: scans dropped on the page are sent at once; the sender found, Enter goes on to the subject.

const drop = document.querySelector("[data-post-drop]");
if (drop) {
  const field = drop.querySelector("input[type=file]");
  const status = drop.querySelector("[data-post-status]");
  const holdsFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  let depth = 0; // dragenter and dragleave come for every child crossed
  const lit = (on) => drop.classList.toggle("is-over", on);
  document.addEventListener("dragenter", (event) => { if (holdsFiles(event)) { depth += 1; lit(true); } });
  document.addEventListener("dragleave", (event) => { if (holdsFiles(event)) { depth -= 1; lit(depth > 0); } });
  // the whole page takes them: a file dropped beside the frame must not replace the page
  document.addEventListener("dragover", (event) => { if (holdsFiles(event)) event.preventDefault(); });
  document.addEventListener("drop", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    depth = 0;
    lit(false);
    if (!event.dataTransfer.files.length) return;
    field.files = event.dataTransfer.files;
    drop.requestSubmit();
  });
  drop.addEventListener("submit", () => { status.textContent = status.dataset.sending; });
}

const search = document.querySelector("[data-post-search]");
if (search) {
  const subject = document.querySelector("[data-post-subject]");
  let goOn = false;
  search.addEventListener("submit", () => { goOn = true; });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target.id !== "caller" || !goOn) return;
    goOn = false;
    const people = [...document.querySelectorAll("#caller [name=citizen][type=radio]")];
    if (people.length && !people.some((one) => one.checked)) {
      people[0].checked = true; // several namesakes: the first is proposed, the arrows go to the others
      people[0].focus();
    } else {
      subject.focus();
    }
  });
  document.addEventListener("keydown", (event) => {
    // Enter on a person goes to the subject instead of sending the letter
    if (event.key === "Enter" && event.target.matches("#caller [name=citizen]")) {
      event.preventDefault();
      subject.focus();
    }
  });
}

// F8 records the letter from anywhere on the page, and the next one comes
document.addEventListener("keydown", (event) => {
  if (event.key !== "F8" || event.ctrlKey || event.altKey || event.shiftKey || event.metaKey) return;
  const button = document.querySelector("[data-post-key=F8]");
  if (!button) return;
  event.preventDefault();
  if (!event.repeat) button.click();
});
