// The search box: Ctrl-K opens it, arrows move through the hits, Enter opens one.
(function () {
  "use strict";
  const box = () => document.getElementById("find");
  function open() {
    const dialog = box();
    if (!dialog || dialog.open) return;
    dialog.showModal();
    const field = dialog.querySelector("[data-find]");
    field.focus();
    field.select();
  }
  const hits = () => [...box().querySelectorAll("[data-hit]")];
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-find-open]")) open();
  });
  // A dialog opens over the page, in the place of this one.
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-hit-dialog]")) return;
    event.preventDefault();
    box().close();
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-find-form]")) return;
    event.preventDefault();
    const first = hits()[0];
    if (first) first.click();
  });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k" && box()) {
      event.preventDefault();
      open();
    }
    const dialog = box();
    if (!dialog || !dialog.open || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
    const found = hits();
    if (!found.length) return;
    event.preventDefault();
    const at = found.indexOf(document.activeElement);
    const next = at + (event.key === "ArrowDown" ? 1 : -1);
    if (next < 0) dialog.querySelector("[data-find]").focus();
    else found[Math.min(next, found.length - 1)].focus();
  });
})();
