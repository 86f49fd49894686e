// Runs before the first paint: marks that scripts work, and puts back the theme this person chose.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  try {
    const theme = localStorage.getItem("theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  } catch {
    // storage refused (private window): the system's theme applies
  }
})();
