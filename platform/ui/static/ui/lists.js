// Lists: ticking rows shows what can be done with them.
(function () {
  "use strict";
  function update(form) {
    const bulk = form.querySelector("[data-bulk]");
    if (!bulk) return;
    const rows = [...form.querySelectorAll("input[name=row]")];
    const ticked = rows.filter((row) => row.checked).length;
    const all = form.querySelector("[data-tick-all]");
    all.checked = ticked > 0 && ticked === rows.length;
    all.indeterminate = ticked > 0 && ticked < rows.length;
    bulk.hidden = !ticked;
    const count = bulk.querySelector("[data-bulk-count]");
    count.textContent = count.dataset.text.replace("{n}", ticked);
    if (!ticked) for (const each of bulk.querySelectorAll("[data-tick-everything]")) each.checked = false;
  }
  document.addEventListener("change", (event) => {
    const form = event.target.closest("[data-rows]");
    if (!form) return;
    const rows = form.querySelectorAll("input[name=row]");
    if (event.target.matches("[data-tick-all]")) for (const row of rows) row.checked = event.target.checked;
    if (event.target.matches("[data-tick-everything]") && event.target.checked) for (const row of rows) row.checked = true;
    update(form);
  });
  // Ticks outlive the reloads of a list (hx-preserve), so they are cleared once their rows are changed.
  document.addEventListener("selection-changed", () => {
    for (const form of document.querySelectorAll("[data-rows]")) {
      for (const row of form.querySelectorAll("input[name=row]")) row.checked = false;
      update(form);
    }
  });
  document.addEventListener("htmx:afterSettle", () => {
    for (const form of document.querySelectorAll("[data-rows]")) update(form);
  });
})();
