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
  // Only what a lane's card did not show before is announced: all cards are fetched again when the
  // live channel connects, and an unchanged one must not replace the news of another lane.
  const announced = new Map();
  function say(card) {
    if (announced.get(card.dataset.lane) === card.dataset.news) return;
    announced.set(card.dataset.lane, card.dataset.news);
    document.getElementById("lane-news").textContent = card.dataset.news;
  }
  // The page's title counts the waiting cars. A sound for another one is played once a person has
  // switched it on; browsers allow it only after a click or a key in this page.
  const SOUND = "lane-sound", PITCHES = [880, 1175];
  const title = document.title;
  let known = new Set(), audio;
  const soundIsOn = () => localStorage.getItem(SOUND) === "on";

  function wake() {
    if (!soundIsOn()) return;
    audio = audio || new AudioContext();
    if (audio.state === "suspended") audio.resume();
  }
  function ring() {
    if (!soundIsOn() || !audio) return;
    PITCHES.forEach((pitch, n) => {
      const tone = audio.createOscillator(), volume = audio.createGain(), at = audio.currentTime + 0.18 * n;
      tone.frequency.value = pitch;
      volume.gain.setValueAtTime(0.15, at);
      volume.gain.exponentialRampToValueAtTime(0.001, at + 0.17);
      tone.connect(volume).connect(audio.destination);
      tone.start(at);
      tone.stop(at + 0.18);
    });
  }
  function announce(loudly) {
    const waiting = new Set(cards().filter((card) => card.dataset.waits).map((card) => `${card.dataset.lane} ${card.dataset.waits}`));
    document.title = waiting.size ? `(${waiting.size}) ${title}` : title;
    if (loudly && [...waiting].some((each) => !known.has(each))) ring();
    known = waiting;
  }
  function showSound() {
    document.querySelector("[data-lane-sound]").setAttribute("aria-pressed", String(soundIsOn()));
  }
  document.addEventListener("DOMContentLoaded", () => {
    cards().forEach((card) => announced.set(card.dataset.lane, card.dataset.news));
    settle();
    announce(false);
    showSound();
    document.querySelector("[data-lane-sound]").addEventListener("click", () => {
      localStorage.setItem(SOUND, soundIsOn() ? "off" : "on");
      showSound();
      wake();
      ring();
    });
    document.addEventListener("pointerdown", wake);
    document.addEventListener("keydown", wake);
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    const card = event.detail.target.querySelector(":scope > .lane[data-lane]");
    if (card) { say(card); settle(); announce(true); }
  });
  document.addEventListener("click", (event) => {
    const card = event.target.closest(".lane[data-lane]");
    if (card) choose(card, true);
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select") || document.querySelector("dialog[open]")) return;
    if (/^[1-9]$/.test(event.key)) { choose(cards()[event.key - 1], true); return; }
    const card = cards().find((each) => each.dataset.lane === chosen);
    const button = card && card.querySelector(`[data-key="${event.key.toLowerCase()}"]`);
    if (button) { event.preventDefault(); button.click(); }
  });
})();
