// A checkbox that checks all others of a name: <input type="checkbox" data-ticks="letter">.
(function () {
  "use strict";
  document.addEventListener("change", (event) => {
    const all = event.target.closest("[data-ticks]");
    if (!all) return;
    for (const box of document.querySelectorAll(`input[name="${all.dataset.ticks}"]`)) box.checked = all.checked;
  });
})();
