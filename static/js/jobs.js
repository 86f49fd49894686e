// [data-poll]: what is going on in the background, looked at every two seconds until it is over; then the page shows what can be done with it.

const region = document.querySelector("[data-poll]");
const EVERY = 2000;
let shown = region?.innerHTML;

async function look() {
  if (!document.hidden) {
    try {
      const answer = await fetch(region.dataset.poll, { headers: { "HX-Request": "true", "HX-Target": "progress" } });
      if (answer.ok) {
        const html = await answer.text();
        if (answer.headers.get("X-Over")) {
          location.reload();
          return;
        }
        if (html !== shown && !region.contains(document.activeElement)) region.innerHTML = shown = html;
      }
    } catch {
      // the server is out of reach: the next look says more
    }
  }
  setTimeout(look, EVERY);
}
if (region) setTimeout(look, EVERY);
