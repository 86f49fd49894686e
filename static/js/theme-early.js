// Runs before the first paint: marks that scripts work, puts back the theme this person chose, and says whether the
// request shown was opened from a list (`walk.js`), whose line takes its place at once.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  try {
    const theme = localStorage.getItem("theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    const list = JSON.parse(sessionStorage.getItem("walk"));
    if (list?.rows.some((path) => location.pathname.startsWith(path))) root.classList.add("walking");
  } catch {
    // storage refused (private window): the system's theme applies
  }
})();
