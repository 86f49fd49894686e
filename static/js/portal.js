// Citizens' pages: [data-print] prints the page (the button is hidden without JavaScript: the browser prints too).
document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-print]")) print();
});
