// The live channel of a page: <body data-live="/live/…/"> is its address.
//
// The page subscribes to the topics that its elements listen to, in hx-trigger or data-steady
// ("live:lane-3 from:body", "live:device") or, for scripts, in data-live-topics ("bay device-7").
// Changes become events on <body>: live:lane-3 and live:lane, once for each bundle. After a
// subscription, or a gap in the connection, there is live:refresh; at the end of each bundle,
// live:bundle with its list of {topic, id}.
(function () {
  "use strict";
  const IDLE_MS = 4000;    // a connection without messages is tested after this time …
  const ANSWER_MS = 4000;  // … and given up when no answer, or no connection, comes within this one.
  const TEST_EVERY_MS = 1000;
  const NOT_ALLOWED = 4403;
  const LISTENERS = "[hx-trigger*='live:'], [data-steady*='live:'], [data-live-topics]";
  let socket, requested = new Set(), subscribed = false, attempts = 0, lost = false, lastMessage = 0, pinged = false, timer;

  function show(state) {
    document.documentElement.dataset.liveState = state;
    for (const sign of document.querySelectorAll("[data-live-sign]")) {
      sign.dataset.liveSign = state;
      const text = sign.querySelector("[data-live-text]");
      if (text) text.textContent = sign.dataset[state];
    }
  }
  function dispatch(name, detail) {
    document.body.dispatchEvent(new CustomEvent(name, { detail, bubbles: true }));
  }
  // What the page listens to: "lane", "device-7".
  function tokens() {
    const found = new Set();
    for (const element of document.querySelectorAll(LISTENERS)) {
      const events = `${element.getAttribute("hx-trigger") || ""} ${element.dataset.steady || ""}`;
      for (const [, token] of events.matchAll(/live:(\w+(?:-\d+)?)/g)) found.add(token);
      for (const token of (element.dataset.liveTopics || "").split(/\s+/)) if (token) found.add(token);
    }
    found.delete("refresh");
    return found;
  }
  function subscribe() {
    if (!socket || socket.readyState !== WebSocket.OPEN) return;
    const missing = [...tokens()].filter((token) => !requested.has(token));
    missing.forEach((token) => requested.add(token));
    // The first message is sent even without a topic: its answer makes the page reload its parts.
    if (missing.length || !subscribed) socket.send(JSON.stringify({ subscribe: missing }));
    subscribed = true;
  }
  function handle(events) {
    const names = new Set();
    for (const { topic, id } of events) {
      if (topic === "refresh") { dispatch("live:refresh"); continue; }
      if (id !== undefined) names.add(`live:${topic}-${id}`);
      // Any row may have changed, so each one that the page shows counts as changed.
      else for (const token of tokens()) if (token.startsWith(`${topic}-`)) names.add(`live:${token}`);
      names.add(`live:${topic}`);
    }
    names.forEach((name) => dispatch(name));
    if (events.length) dispatch("live:bundle", events);
  }
  function receive(message) {
    lastMessage = Date.now();
    pinged = false;
    // What changed between the rendering of the page and its subscription is in no bundle.
    if (message.listening) dispatch("live:refresh");
    handle(message.events || []);
  }
  function connect() {
    clearTimeout(timer);
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const opened = socket = new WebSocket(`${scheme}://${location.host}${document.body.dataset.live}`);
    lastMessage = Date.now();
    pinged = false;
    socket.onmessage = (event) => { if (opened === socket) receive(JSON.parse(event.data)); };
    socket.onopen = () => {
      if (opened !== socket) return;
      attempts = 0;
      lastMessage = Date.now();
      requested = new Set();
      subscribed = lost = false;
      show("live");
      subscribe();
    };
    socket.onclose = (event) => {
      if (opened !== socket) return;
      // Signed out, or without a role at the site: connecting again would not help.
      if (event.code === NOT_ALLOWED) { lost = true; show("closed"); return; }
      lose();
    };
  }
  function lose() {
    lost = true;
    show("reconnecting");
    const wait = Math.min(15000, 500 * 2 ** attempts++) * (0.75 + Math.random() / 2);
    clearTimeout(timer);
    timer = setTimeout(connect, wait);
  }
  // A server that hangs answers neither messages nor a closing handshake: the socket is given up.
  function giveUp() {
    const silent = socket;
    socket = undefined;
    silent.close();
    lose();
  }
  function test() {
    if (!socket || socket.readyState > WebSocket.OPEN) return;
    const idle = Date.now() - lastMessage, connecting = socket.readyState === WebSocket.CONNECTING;
    if (idle > ANSWER_MS + (connecting ? 0 : IDLE_MS)) giveUp();
    else if (idle > IDLE_MS && !connecting && !pinged) { socket.send('{"ping":1}'); pinged = true; }
  }
  function reconnectNow() {
    if (document.visibilityState !== "visible" || !lost) return;
    if (socket && socket.readyState !== WebSocket.CLOSED) return;
    if (document.documentElement.dataset.liveState !== "closed") { attempts = 0; connect(); }
  }
  document.addEventListener("DOMContentLoaded", () => {
    if (!document.body.dataset.live) return;
    show("reconnecting");
    connect();
    setInterval(test, TEST_EVERY_MS);
    document.addEventListener("visibilitychange", reconnectNow);
    window.addEventListener("online", reconnectNow);
    document.addEventListener("htmx:afterSwap", subscribe);
  });
})();
