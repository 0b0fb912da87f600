// Keyboard shortcuts of the lane board: digits select a lane, letters press its buttons.
(function () {
  "use strict";
  let chosen = null;
  let byHand = false;
  const cards = () => [...document.querySelectorAll(".lane[data-lane]")];

  function mark() {
    cards().forEach((card, index) => {
      card.querySelector(".lane-key").textContent = index < 9 ? index + 1 : "";
      card.classList.toggle("lane-chosen", card.dataset.lane === chosen);
    });
  }
  function choose(card, hand) {
    chosen = card ? card.dataset.lane : null;
    byHand = Boolean(hand);
    mark();
    if (hand && card) card.focus({ preventScroll: false });
  }
  // The lane whose car waits longest is selected, unless the guard has chosen another.
  function settle() {
    const waiting = cards().filter((card) => card.dataset.waits);
    const mine = cards().find((card) => card.dataset.lane === chosen);
    if (mine && (byHand || mine.dataset.waits)) { mark(); return; }
    waiting.sort((a, b) => a.dataset.waits - b.dataset.waits);
    choose(waiting[0] || mine || cards()[0]);
  }
  function say(card) {
    const news = document.getElementById("lane-news");
    if (news.dataset.last !== card.dataset.news) {
      news.dataset.last = card.dataset.news;
      news.textContent = card.dataset.news;
    }
  }
  document.addEventListener("DOMContentLoaded", settle);
  document.addEventListener("htmx:afterSwap", (event) => {
    const card = event.detail.target.querySelector(":scope > .lane[data-lane]");
    if (card) { say(card); settle(); }
  });
  document.addEventListener("click", (event) => {
    const card = event.target.closest(".lane[data-lane]");
    if (card) choose(card, true);
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select") || document.querySelector("dialog[open]")) return;
    if (event.key === "?") { document.getElementById("keys").showModal(); return; }
    if (/^[1-9]$/.test(event.key)) { choose(cards()[event.key - 1], true); return; }
    const card = cards().find((each) => each.dataset.lane === chosen);
    const button = card && card.querySelector(`[data-key="${event.key.toLowerCase()}"]`);
    if (button) { event.preventDefault(); button.click(); }
  });
})();
