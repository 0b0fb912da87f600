// The triage board: rows that change are replaced one by one, and the keyboard selects and acts.
//
// The live channel names the incidents that changed; their rows are fetched together, one request
// at a time. After a gap, or when many have changed, the page compares the versions of its rows
// with the server's, and fetches those that differ.
(function () {
  "use strict";
  const TOGETHER = 100, SPEAK_MS = 3000, SETTLE_MS = 150;
  const TOPICS = ["incident", "device_incident"];
  const root = () => document.getElementById("triage");
  const list = () => document.getElementById("triage-list");
  const ol = () => list().querySelector(".triage-rows");
  const rows = () => [...ol().children];
  const pkOf = (row) => Number(row.dataset.incident);
  const rowOf = (pk) => ol().querySelector(`[data-incident="${pk}"]`);
  const panel = () => document.getElementById("triage-one");
  const shown = () => document.getElementById("triage-incident");

  // Which incident is selected; where J goes on from once that has left the list.
  let selected = null, neighbour = null, waitingKey = null, timer;
  const title = document.title;

  function mark() {
    for (const row of rows()) {
      const link = row.firstElementChild;
      if (pkOf(row) === selected) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }
  function address() {
    const url = new URL(location.href);
    if (selected) url.searchParams.set("incident", selected);
    else url.searchParams.delete("incident");
    return url;
  }
  function show() {
    clearTimeout(timer);
    history.replaceState(history.state, "", address());
    root().classList.add("triage-open");
    const path = root().dataset.one.replace("/0/", `/${selected}/`);
    htmx.ajax("GET", path, { source: panel(), target: panel(), swap: "innerHTML" });
  }
  function select(row, delay) {
    selected = pkOf(row);
    neighbour = null;
    mark();
    row.firstElementChild.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest", behavior: "instant" });
    clearTimeout(timer);
    timer = setTimeout(show, delay);
  }
  function step(forwards) {
    const current = selected && rowOf(selected), next = neighbour && rowOf(neighbour);
    let row = next || ol().firstElementChild;
    if (current) row = forwards ? current.nextElementSibling : current.previousElementSibling;
    if (row) select(row, SETTLE_MS);
  }
  // A letter presses a button of the selected incident, once that is shown.
  function press(key) {
    const article = shown();
    waitingKey = null;
    if (!selected) return;
    if (!article || Number(article.dataset.incident) !== selected) { waitingKey = key; return; }
    const buttons = [...article.querySelectorAll("[data-keys]")];
    const button = buttons.find((each) => each.dataset.keys.split(" ").includes(key));
    if (button) button.click();
  }

  // What is read stays where it is when rows come or go above it; at the top, new ones are seen.
  function keepingPlace(change) {
    const box = ol().scrollHeight > ol().clientHeight ? ol() : document.scrollingElement;
    const edge = ol().getBoundingClientRect();
    const at = document.elementFromPoint(edge.left + 20, Math.max(edge.top, 60) + 4);
    const anchor = box.scrollTop > 4 && at && at.closest(".triage-row");
    const before = anchor && anchor.getBoundingClientRect().top;
    change();
    if (!anchor || !anchor.isConnected) return;
    box.scrollBy({ top: anchor.getBoundingClientRect().top - before, behavior: "instant" });
  }
  function placeOf(fresh) {
    const all = ol().children;
    let low = 0, high = all.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (all[middle].dataset.order < fresh.dataset.order) low = middle + 1; else high = middle;
    }
    return all[low] || null;
  }
  // The link stays the same element, so that it keeps the focus.
  function update(row, fresh) {
    const moves = row.dataset.order !== fresh.dataset.order;
    for (const { name, value } of fresh.attributes) row.setAttribute(name, value);
    row.firstElementChild.innerHTML = fresh.firstElementChild.innerHTML;
    if (!moves) return;
    const focused = row.contains(document.activeElement);
    row.remove();
    ol().insertBefore(row, placeOf(row));
    if (focused) row.firstElementChild.focus({ preventScroll: true });
  }
  // The first comparison fetches the rows for which the page has no room: these are no news. What
  // was raised after the page was rendered is, whether the channel or that comparison brings it.
  const isNews = (row) => loaded || pkOf(row) > Number(list().dataset.newest);
  function insert(fresh) {
    ol().insertBefore(fresh, placeOf(fresh));
    if (!isNews(fresh)) return;
    fresh.classList.add("triage-fresh");
    news.push(fresh.dataset.news);
  }
  function remove(row) {
    const next = row.nextElementSibling || row.previousElementSibling;
    const focused = row.contains(document.activeElement);
    if ([selected, neighbour].includes(pkOf(row))) neighbour = next && pkOf(next);
    row.remove();
    if (focused && next) next.firstElementChild.focus({ preventScroll: true });
  }

  // Screen readers are told of new incidents, together if there are many.
  let news = [], speaking;
  function speak() {
    if (speaking || !news.length) return;
    const text = news.length > 3 ? root().dataset.textNew.replace("{n}", news.length) : news.join(". ");
    document.getElementById("triage-news").textContent = text;
    news = [];
    speaking = setTimeout(() => { speaking = undefined; speak(); }, SPEAK_MS);
  }
  function summarise() {
    const all = rows(), waiting = all.filter((row) => row.classList.contains("triage-new")).length;
    list().querySelector("[data-triage-count]").textContent = all.length;
    list().querySelector(".triage-empty").hidden = all.length > 0;
    document.title = waiting ? `(${waiting}) ${title}` : title;
    mark();
    document.dispatchEvent(new CustomEvent("times-changed"));
    speak();
  }

  const changed = new Set();
  let everything = false, busy = false, loaded = false;
  async function fetchRows(pks) {
    const from = list(), query = new URLSearchParams(pks.map((pk) => ["id", pk]));
    const answer = await fetch(`${from.dataset.rows}&${query}`);
    if (!answer.ok) return;
    const template = document.createElement("template");
    template.innerHTML = await answer.text();
    if (list() !== from) return;  // the filters were changed meanwhile
    const fresh = new Map([...template.content.children].map((row) => [pkOf(row), row]));
    keepingPlace(() => {
      for (const pk of pks) {
        const row = rowOf(pk), now = fresh.get(pk);
        if (row && now) update(row, now); else if (now) insert(now); else if (row) remove(row);
      }
    });
    summarise();
  }
  async function compare() {
    const from = list();
    const answer = await fetch(from.dataset.versions);
    if (!answer.ok) return;
    const versions = new Map((await answer.json()).rows);
    if (list() !== from) return;
    const known = new Map(rows().map((row) => [pkOf(row), row]));
    keepingPlace(() => known.forEach((row, pk) => { if (!versions.has(pk)) remove(row); }));
    const stale = [...versions.keys()].filter((pk) => !known.has(pk) || known.get(pk).dataset.version !== versions.get(pk));
    while (stale.length && list() === from) await fetchRows(stale.splice(0, TOGETHER));
    summarise();
    loaded = true;
  }
  async function work() {
    if (busy) return;
    busy = true;
    try {
      while (everything || changed.size) {
        if (everything || changed.size > TOGETHER) {
          everything = false;
          changed.clear();
          await compare();
        } else {
          const pks = [...changed];
          changed.clear();
          await fetchRows(pks);
        }
      }
    } catch { /* without a connection; the page compares everything when it has one again */ }
    busy = false;
  }
  function note(events) {
    for (const { topic, id } of events) {
      if (!TOPICS.includes(topic)) continue;
      if (id === undefined) everything = true; else changed.add(id);
    }
    work();
  }

  // It takes the focus of a button that is no longer there, and is no stop of the Tab key itself.
  function focusPanel() {
    panel().tabIndex = -1;
    panel().focus({ preventScroll: true });
    panel().addEventListener("blur", () => panel().removeAttribute("tabindex"), { once: true });
  }
  let wasInside = false;
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target.id === "triage-one") wasInside = panel().contains(document.activeElement);
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "triage-one") return;
    if (wasInside && !panel().contains(document.activeElement)) focusPanel();
    if (selected) { changed.add(selected); work(); }
    if (waitingKey) press(waitingKey);
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (!list() || event.detail.elt.id !== "triage-list") return;
    loaded = false;
    everything = true;
    summarise();
    work();
  });
  document.addEventListener("click", (event) => {
    const row = event.target.closest(".triage-row");
    if (row && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      select(row, 0);
    }
    if (event.target.closest("[data-triage-back]")) {
      root().classList.remove("triage-open");
      const last = selected && rowOf(selected);
      if (last) last.firstElementChild.focus();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select") || document.querySelector("dialog[open]")) return;
    const key = event.key.toLowerCase(), row = event.target.closest(".triage-row");
    if (key === "enter" && row && root().dataset.page) {
      event.preventDefault();
      location.assign(root().dataset.page.replace("/0/", `/${pkOf(row)}/`));
    } else if (key === "j" || key === "k") {
      event.preventDefault();
      step(key === "j");
    } else if (/^[a-z]$/.test(key)) press(key);
  });
  document.addEventListener("DOMContentLoaded", () => {
    selected = Number(list().dataset.selected) || null;
    mark();
    document.body.addEventListener("live:bundle", (event) => note(event.detail));
    document.body.addEventListener("live:refresh", () => { everything = true; work(); });
    summarise();
  });
})();
