// [data-theme-switch]: light or dark; its label names the theme the button gives. Without a choice, the system's preference applies (tokens.css).
const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");
const isDark = () => (root.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";

function show() {
  for (const label of document.querySelectorAll("[data-theme-label]")) {
    label.dataset.dark ??= label.textContent;
    label.textContent = isDark() ? label.dataset.light : label.dataset.dark;
  }
}

document.addEventListener("click", (event) => {
  if (!event.target.closest?.("[data-theme-switch]")) return;
  root.dataset.theme = isDark() ? "light" : "dark";
  try {
    localStorage.setItem("theme", root.dataset.theme);
  } catch {
    // the choice lasts for this page only
  }
  show();
});
system.addEventListener("change", show);
show();
