// The sound of alarms on every page of a site: <div id="sound" data-sounds="/s/…/shifts/sounds/">.
//
// The live channel carries neither a kind nor a severity: the page asks the server what to sound.
// Browsers stay silent until a person has clicked or typed; #sound says so in red to whoever is on
// duty. Alarms that repeat sound until they are gone. Of several tabs, the one with the lease in
// localStorage sounds.
(function () {
  "use strict";
  const bar = document.getElementById("sound");
  if (!bar) return;
  const REPEAT_MS = 4000, LEASE_MS = 3000, RENEW_MS = 1000, RETRY_MS = 3000, SOUNDED_KEPT = 200;
  const MUTED = "gatehouse-sound-muted", LEASE = "gatehouse-sound-tab", SOUNDED = "gatehouse-sounded";
  // Of each tone: frequency in Hz, beginning and length in seconds.
  const TONES = {
    extreme: [[880, 0, 0.18], [660, 0.2, 0.18], [880, 0.4, 0.18], [660, 0.6, 0.18], [880, 0.8, 0.3]],
    severe: [[784, 0, 0.25], [784, 0.35, 0.25], [784, 0.7, 0.35]],
    moderate: [[587, 0, 0.3], [494, 0.35, 0.35]],
    minor: [[440, 0, 0.25]],
    test: [[523, 0, 0.2], [659, 0.22, 0.2], [784, 0.44, 0.35]],
  };
  const ORDER = ["extreme", "severe", "moderate", "minor", "test"];
  const tab = Math.random().toString(36).slice(2);
  let context, state = { on_duty: false, sounds: [] }, asking = false, again = false, repeating;

  function stored(key) {
    try { return JSON.parse(localStorage.getItem(key)); } catch { return null; }
  }
  function store(key, value) {
    try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* private mode: this tab alone */ }
  }
  const muted = () => stored(MUTED) === true;
  const armed = () => context !== undefined && context.state === "running";

  // Whether another tab sounds; one that hangs loses its lease.
  function covered() {
    const lease = stored(LEASE);
    return Boolean(lease) && lease.tab !== tab && lease.until > Date.now();
  }
  function leads() {
    if (covered()) return false;
    store(LEASE, { tab, until: Date.now() + LEASE_MS });
    return true;
  }
  function play(tone) {
    const begin = context.currentTime + 0.02;
    for (const [frequency, after, length] of TONES[tone] || TONES.moderate) {
      const oscillator = context.createOscillator(), gain = context.createGain();
      oscillator.type = "square";
      oscillator.frequency.value = frequency;
      gain.gain.setValueAtTime(0.0001, begin + after);
      gain.gain.exponentialRampToValueAtTime(0.35, begin + after + 0.02);
      gain.gain.exponentialRampToValueAtTime(0.0001, begin + after + length);
      oscillator.connect(gain).connect(context.destination);
      oscillator.start(begin + after);
      oscillator.stop(begin + after + length);
    }
    bar.dataset.played = tone;
    bar.dataset.plays = Number(bar.dataset.plays || 0) + 1;
  }
  // Sounds what has not sounded yet, and with `repeat` what repeats, too.
  function sound(repeat) {
    if (!armed() || muted() || !state.sounds.length || !leads()) return;
    const before = new Set(stored(SOUNDED) || []);
    const due = state.sounds.filter(({ key, repeats }) => (repeat && repeats) || !before.has(key));
    if (!due.length) return;
    const tones = due.map(({ tone }) => tone);
    play(ORDER.find((tone) => tones.includes(tone)) || "moderate");
    store(SOUNDED, [...before, ...due.map(({ key }) => key)].slice(-SOUNDED_KEPT));
    if (due.some(({ key, tone }) => tone === "test" && !before.has(key))) reportTest();
  }
  function reportTest() {
    const headers = JSON.parse(document.body.getAttribute("hx-headers"));
    fetch(bar.dataset.tested, { method: "POST", headers, credentials: "same-origin" }).catch(() => {});
  }
  function show() {
    const silent = state.on_duty && (muted() || (!armed() && !covered()));
    const waiting = state.sounds.length;
    bar.dataset.state = silent ? "off" : waiting ? "alarm" : "on";
    bar.hidden = !silent && !waiting;
    for (const part of document.querySelectorAll("[data-sound-off]")) part.hidden = !silent;
    for (const part of document.querySelectorAll("[data-sound-on]")) part.hidden = silent;
    bar.querySelector("[data-sound-alarm]").hidden = !waiting;
    bar.querySelector("[data-sound-count]").textContent = waiting;
    for (const button of document.querySelectorAll("[data-sound-mute]")) button.hidden = silent;
  }
  function apply(next) {
    state = next;
    show();
    sound();
    if (state.sounds.some(({ repeats }) => repeats)) {
      repeating = repeating || setInterval(sound, REPEAT_MS, true);
    } else {
      clearInterval(repeating);
      repeating = undefined;
    }
  }
  async function ask() {
    if (asking) { again = true; return; }
    asking = true;
    try {
      const answer = await fetch(bar.dataset.sounds, { credentials: "same-origin" });
      if (answer.ok) apply(await answer.json());
      else if (answer.status >= 500) setTimeout(ask, RETRY_MS);
    } catch {
      setTimeout(ask, RETRY_MS);
    }
    asking = false;
    if (again) { again = false; ask(); }
  }
  // Browsers create a context as suspended where no click has come before, also on earlier pages.
  async function arm() {
    if (context === undefined) {
      context = new AudioContext();
      context.onstatechange = () => { show(); sound(); };
    }
    if (context.state === "suspended") await context.resume();
    show();
  }
  document.addEventListener("click", async (event) => {
    const arming = event.target.closest("[data-sound-arm]");
    if (arming) store(MUTED, false);
    if (event.target.closest("[data-sound-mute]")) { store(MUTED, true); show(); return; }
    if (arming || state.on_duty) await arm();
    if (arming) play("test");
    sound();
  });
  document.addEventListener("keydown", async () => {
    if (!state.on_duty || armed()) return;
    await arm();
    sound();
  });
  window.addEventListener("storage", ({ key }) => { if (key === MUTED) show(); });
  for (const name of ["live:incident", "live:shift", "live:test_alarm", "live:refresh"]) {
    document.body.addEventListener(name, ask);
  }
  document.addEventListener("htmx:afterSwap", show);
  // The tab that sounds keeps its lease, and another one takes over when it is closed.
  setInterval(() => { if (armed() && !muted()) leads(); show(); }, RENEW_MS);
  window.addEventListener("pagehide", () => { if (armed() && !covered()) store(LEASE, null); });
  document.addEventListener("DOMContentLoaded", async () => {
    await ask();
    // It runs at once where the person has clicked on the page before; else it waits for a click.
    if (state.on_duty) arm();
  });
})();
