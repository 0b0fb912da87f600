// The live channel of a page: <body data-live="/live/…/"> names it.
// Each thing that changed becomes events on <body>: live:lane-3, live:lane; at the start and after
// a gap in the connection, live:refresh. htmx listens: hx-trigger="live:lane-3 from:body, live:refresh from:body".
(function () {
  "use strict";
  const PATIENCE = 25000; // a silent connection is tested after so many ms …
  const ANSWER = 8000;    // … and given up when no answer comes within so many.
  let socket, waits = 0, lost = false, last = 0, timer;

  function show(state) {
    document.documentElement.dataset.liveState = state;
    for (const sign of document.querySelectorAll("[data-live-sign]")) {
      sign.dataset.liveSign = state;
      const text = sign.querySelector("[data-live-text]");
      if (text) text.textContent = sign.dataset[state];
    }
  }
  function tell(name, detail) {
    document.body.dispatchEvent(new CustomEvent(name, { detail, bubbles: true }));
  }
  function hear(message) {
    last = Date.now();
    // What changed between the page's making and this moment is not among the bundles.
    if (message.listening) tell("live:refresh");
    for (const event of message.events || []) {
      if (event.topic === "refresh") { tell("live:refresh"); continue; }
      if (event.id !== undefined) tell(`live:${event.topic}-${event.id}`, event);
      tell(`live:${event.topic}`, event);
    }
    if ((message.events || []).length) tell("live:bundle", message.events);
  }
  function connect() {
    clearTimeout(timer);
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    socket = new WebSocket(`${scheme}://${location.host}${document.body.dataset.live}`);
    socket.onmessage = (event) => hear(JSON.parse(event.data));
    socket.onopen = () => {
      waits = 0;
      last = Date.now();
      show("live");
      lost = false;
    };
    socket.onclose = (event) => {
      lost = true;
      // 4403: signed out, or no longer of this site: asking again would not help.
      if (event.code === 4403) { show("closed"); return; }
      show("reconnecting");
      const wait = Math.min(15000, 500 * 2 ** waits++) * (0.75 + Math.random() / 2);
      timer = setTimeout(connect, wait);
    };
  }
  function test() {
    if (!socket || socket.readyState !== WebSocket.OPEN) return;
    const silent = Date.now() - last;
    if (silent > PATIENCE + ANSWER) socket.close();
    else if (silent > PATIENCE) socket.send('{"ping":1}');
  }
  function hurry() {
    if (document.visibilityState === "visible" && socket && socket.readyState === WebSocket.CLOSED && lost) {
      if (document.documentElement.dataset.liveState !== "closed") { waits = 0; connect(); }
    }
  }
  document.addEventListener("DOMContentLoaded", () => {
    if (!document.body.dataset.live) return;
    show("reconnecting");
    connect();
    setInterval(test, 4000);
    document.addEventListener("visibilitychange", hurry);
    window.addEventListener("online", hurry);
  });
})();
