// Throttled live updates: an element reloads at most every two seconds, and once after the last
// event: <div data-steady="live:device live:dead_letter" hx-trigger="steady">.
(function () {
  "use strict";
  const GATHER = 250, PAUSE = 2000;
  function follow(element) {
    let last = 0, timer;
    const later = () => {
      if (timer !== undefined) return;
      timer = setTimeout(() => {
        timer = undefined;
        last = Date.now();
        htmx.trigger(element, "steady");
      }, Math.max(GATHER, last + PAUSE - Date.now()));
    };
    for (const name of element.dataset.steady.split(" ")) document.body.addEventListener(name, later);
  }
  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("[data-steady]").forEach(follow));
})();
