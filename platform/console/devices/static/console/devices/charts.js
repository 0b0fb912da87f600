// A device's values over time: the chart with its band, the same values in a table, and CSV links.
// Each range is loaded from the server, which chooses the resolution.
(function () {
  "use strict";
  const SPANS = { hour: 3600, day: 86400, week: 604800, month: 31 * 86400, year: 366 * 86400 };
  const SHORTEST = 10, TICK = 15000, SOONEST = 5000, SLOWEST = 300000, HEIGHT = 300;
  let card, plot, chart, answer, asking, later;
  let asked = 0;            // number of the latest request
  let follows = true;       // the range ends now and moves along
  const shown = { metric: "", begin: 0, end: 0 };

  const now = () => Date.now() / 1000;
  const part = (name) => card.querySelector(`[data-curve="${name}"]`);
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--gh-${name}`).trim();
  const digits = (number) => new Intl.NumberFormat(document.documentElement.lang, { maximumSignificantDigits: 6, maximumFractionDigits: 3, roundingPriority: "morePrecision" }).format(number);
  const longest = (texts) => (texts || []).reduce((most, text) => Math.max(most, text.length), 0);
  const written = (value) => `${digits(value)}${answer.unit ? ` ${answer.unit}` : ""}`;

  // -- times in the site's zone ---------------------------------------------------------------
  function clock(seconds, from, to) {
    const full = new Intl.DateTimeFormat("sv-SE", {
      timeZone: card.dataset.zone, year: "numeric", month: "2-digit", day: "2-digit",
      hour: "2-digit", minute: "2-digit", second: "2-digit",
    }).format(new Date(seconds * 1000));
    return full.slice(from, to);
  }
  const minute = (seconds) => clock(seconds, 0, 16);
  function exact(seconds) { return clock(seconds, 0, answer.width && answer.width >= 60 ? 16 : 19); }
  function marks(_chart, splits, _axis, _space, step) {
    return splits.map((at) => {
      if (step >= 27 * 86400) return clock(at, 0, 7);
      if (step >= 86400) return clock(at, 5, 10);
      if (step < 60) return clock(at, 11, 19);
      return clock(at, 11, 16) === "00:00" ? clock(at, 5, 10) : clock(at, 11, 16);
    });
  }

  // -- loading ----------------------------------------------------------------------------------
  function query() {
    const instant = (seconds) => new Date(Math.round(seconds * 1000)).toISOString();
    return new URLSearchParams({ metric: shown.metric, begin: instant(shown.begin), end: instant(shown.end) });
  }
  async function load() {
    clearTimeout(later);
    later = undefined;
    asked = Date.now();
    if (asking) asking.abort();
    asking = new AbortController();
    try {
      const said = await fetch(`${card.dataset.series}?${query()}`, { headers: { Accept: "application/json" }, signal: asking.signal });
      const body = await said.json();
      if (!said.ok) { complain(`${body.field}: ${body.message}; ${body.hint}`); return; }
      answer = body;
    } catch (fault) {
      if (fault.name !== "AbortError") complain(document.body.dataset.textFailed);
      return;
    }
    show();
  }
  function complain(text) {
    part("said").textContent = text;
    card.removeAttribute("aria-busy");
  }
  function go(begin, end) {
    const least = Math.max(SHORTEST, end - begin);
    const middle = (begin + end) / 2;
    shown.begin = middle - least / 2;
    shown.end = middle + least / 2;
    follows = shown.end >= now() - least / 100;
    card.setAttribute("aria-busy", "true");
    remember();
    load();
  }
  function span(length) {
    const end = follows ? now() : Math.min(shown.end, now());
    go(end - length, end);
  }
  function widen(times) {
    const length = (shown.end - shown.begin) * times;
    if (follows) { span(length); return; }
    const middle = (shown.begin + shown.end) / 2;
    go(middle - length / 2, middle + length / 2);
  }
  function step(times) {
    const length = shown.end - shown.begin;
    go(shown.begin + times * length, shown.end + times * length);
  }
  // The URL names the range and metric, so that it can be bookmarked and shared.
  function remember() {
    const said = follows
      ? new URLSearchParams({ metric: shown.metric, span: Math.round(shown.end - shown.begin) }) : query();
    history.replaceState(null, "", `?${said}`);
  }
  function start() {
    const said = new URLSearchParams(location.search);
    shown.metric = card.dataset.metric;
    const begin = Date.parse(said.get("begin")) / 1000, end = Date.parse(said.get("end")) / 1000;
    if (begin < end) go(begin, end);
    else span(Number(said.get("span")) > 0 ? Number(said.get("span")) : SPANS.day);
  }

  // -- drawing ---------------------------------------------------------------------------------
  function show() {
    card.removeAttribute("aria-busy");
    const [times] = answer.columns;
    const texts = card.dataset;
    const by = { raw: texts.textRaw, minute: texts.textMinute, hour: texts.textHour, day: texts.textDay }[answer.resolution];
    part("said").textContent = `${minute(answer.begin)} – ${minute(answer.end)} · ${by}`;
    part("empty").hidden = times.length > 0;
    plot.dataset.points = times.length;
    plot.dataset.resolution = answer.resolution;
    draw();
    fill();
    for (const button of card.querySelectorAll("[data-span]")) {
      const same = Math.abs(SPANS[button.dataset.span] - (shown.end - shown.begin)) < 2;
      button.setAttribute("aria-pressed", String(same));
    }
    part("next").disabled = follows;
    part("now").disabled = follows;
    for (const link of card.querySelectorAll("a[data-file]")) link.href = `${link.dataset.file}?${query()}`;
  }
  // The line is interrupted where the device sent no data; a gap must not look like a slope.
  function broken() {
    const columns = answer.columns.slice(0, 4).map(() => []);
    const [times] = answer.columns;
    const gaps = times.slice(1).map((at, index) => at - times[index]).sort((a, b) => a - b);
    const usual = gaps[Math.floor(gaps.length / 2)] || 0;
    const longest = Math.max(3 * usual, 2.5 * (answer.width || 0), 3 * Number(card.dataset.interval));
    times.forEach((at, index) => {
      if (index && at - times[index - 1] > longest) {
        columns[0].push((at + times[index - 1]) / 2);
        for (const column of columns.slice(1)) column.push(null);
      }
      columns.forEach((column, n) => column.push(answer.columns[n][index]));
    });
    return columns;
  }
  // A segment between two gaps that is too short for a line is drawn as a point.
  function specks(made, _series, all) {
    if (all) return null;
    const [times, means] = made.data;
    const seen = 4 * (answer.end - answer.begin) / made.over.clientWidth;
    const found = [];
    let first = 0;
    for (let index = 0; index <= times.length; index++) {
      if (index < times.length && means[index] !== null) continue;
      if (index > first && times[index - 1] - times[first] < seen) found.push(first);
      first = index + 1;
    }
    return found;
  }
  function options() {
    const axis = { stroke: colour("ink-2"), grid: { stroke: colour("line"), width: 1 }, ticks: { stroke: colour("line") }, font: "12px Inter, system-ui, sans-serif" };
    const hidden = { stroke: null, width: 0, points: { show: false } };
    return {
      width: plot.clientWidth, height: HEIGHT, legend: { show: false },
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), card.dataset.zone),
      scales: {
        x: { range: () => [answer.begin, answer.end] },
        y: { range: (_chart, low, high) => (low === null || low === undefined ? [0, 1] : uPlot.rangeNum(low, high === low ? low + 1 : high, 0.08, false)) },
      },
      axes: [{ ...axis, values: marks, space: 60 }, { ...axis, size: (_chart, said) => Math.max(62, 16 + 7 * longest(said)), values: (_chart, splits) => splits.map(digits) }],
      series: [{}, { stroke: colour("accent"), width: 1.75, points: { size: 5, fill: colour("accent"), filter: specks } }, hidden, hidden],
      bands: [{ series: [3, 2], fill: `${colour("accent")}38` }],
      cursor: { drag: { x: true, y: false, setScale: false }, points: { size: 8, fill: colour("accent") } },
      hooks: { setSelect: [chosen], setCursor: [read] },
    };
  }
  function draw() {
    if (chart) chart.destroy();
    chart = new uPlot(options(), broken(), plot);
    touch(chart.over);
  }
  function chosen(made) {
    const { left, width } = made.select;
    if (width < 6) return;
    made.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    go(made.posToVal(left, "x"), made.posToVal(left + width, "x"));
  }
  function read(made) {
    const index = made.cursor.idx;
    const [times, means, lows, highs] = made.data;
    const none = index === null || index === undefined || means[index] === null || means[index] === undefined;
    part("read").textContent = none ? "\u00a0"
      : lows[index] === highs[index] ? `${exact(times[index])}: ${written(means[index])}`
        : `${exact(times[index])}: ${written(means[index])} (${digits(lows[index])} – ${digits(highs[index])})`;
  }
  function fill() {
    const rows = document.createDocumentFragment();
    const [times, ...numbers] = answer.columns;
    for (let index = times.length - 1; index >= 0; index -= 1) {
      const row = document.createElement("tr");
      for (const text of [exact(times[index]), ...numbers.map((column) => digits(column[index]))]) {
        const cell = document.createElement("td");
        cell.textContent = text;
        row.append(cell);
      }
      rows.append(row);
    }
    part("rows").replaceChildren(rows);
    part("unit").textContent = answer.unit ? `(${answer.unit})` : "";
  }

  // -- input: touch, keys, buttons -----------------------------------------------------------
  // A horizontal swipe selects a range, as a mouse does; a vertical one scrolls the page.
  function touch(over) {
    let from = null;
    const at = (event) => Math.min(Math.max(event.clientX - over.getBoundingClientRect().left, 0), over.clientWidth);
    const mark = (event, told) => {
      const to = at(event);
      chart.setSelect({ left: Math.min(from, to), top: 0, width: Math.abs(to - from), height: over.clientHeight }, told);
    };
    over.addEventListener("pointerdown", (event) => { if (event.pointerType === "touch") from = at(event); });
    over.addEventListener("pointermove", (event) => { if (from !== null) mark(event, false); });
    over.addEventListener("pointerup", (event) => { if (from !== null) { mark(event, true); from = null; } });
    over.addEventListener("pointercancel", () => { from = null; chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false); });
  }
  function point(by) {
    const [times] = chart.data;
    if (!times.length) return;
    const here = chart.cursor.idx ?? (by > 0 ? -1 : times.length);
    const next = Math.min(Math.max(here + by, 0), times.length - 1);
    chart.setCursor({ left: chart.valToPos(times[next], "x"), top: HEIGHT / 3 });
  }
  const KEYS = {
    ArrowLeft: () => point(-1), ArrowRight: () => point(1), PageUp: () => step(-1), PageDown: () => step(1),
    "+": () => widen(0.5), "-": () => widen(2), Home: () => point(-Infinity), End: () => point(Infinity),
  };
  const ACTS = { back: () => step(-1), next: () => step(1), closer: () => widen(0.5), wider: () => widen(2), now: () => { follows = true; span(shown.end - shown.begin); } };
  function metric(name) {
    shown.metric = name;
    part("metric").value = name;
    go(shown.begin, shown.end);
  }
  function listen() {
    card.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      if (button.dataset.span) span(SPANS[button.dataset.span]);
      else if (ACTS[button.dataset.curve]) ACTS[button.dataset.curve]();
    });
    part("metric").addEventListener("change", (event) => metric(event.target.value));
    plot.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
      event.preventDefault();
      KEYS[event.key]();
    });
    document.addEventListener("click", (event) => {
      const link = event.target.closest("a[data-metric]");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      metric(link.dataset.metric);
      card.scrollIntoView();
      part("metric").focus({ preventScroll: true });
    });
    document.addEventListener("themechange", () => { if (answer) draw(); });
    new ResizeObserver(() => { if (chart) chart.setSize({ width: plot.clientWidth, height: HEIGHT }); }).observe(plot);
  }

  // -- live updates -----------------------------------------------------------------------------
  function refresh() {
    if (!follows || document.hidden || later !== undefined) return;
    const wait = asked + SOONEST - Date.now();
    later = setTimeout(() => {
      const length = shown.end - shown.begin;
      shown.end = now();
      shown.begin = shown.end - length;
      load();
    }, Math.max(0, wait));
  }
  function tick() {
    if (document.hidden) return;
    document.body.dispatchEvent(new CustomEvent("live:values"));
    const due = Math.min(SLOWEST, Math.max(TICK, ((answer && answer.width) || 0) * 1000));
    if (Date.now() - asked >= due) refresh();
  }
  function begin() {
    const found = document.getElementById("curves");
    if (card || !found) return;
    card = found;
    plot = part("plot");
    listen();
    start();
    document.body.addEventListener(`live:device-${card.dataset.device}`, refresh);
    document.body.addEventListener("live:refresh", refresh);
    setInterval(tick, TICK);
  }
  document.addEventListener("DOMContentLoaded", () => {
    begin();
    // A device without values yet: its card is added with the first one.
    if (!card) document.addEventListener("htmx:load", begin);
  });
})();
