// Trends of the overview: each chart is drawn from the table beside it, so both have the same values.
// A wall display loads itself anew every six hours, which extends its session and fetches updates.
(function () {
  "use strict";
  const RELOAD_MS = 6 * 3600 * 1000, LEAST_HEIGHT = 120;
  const COLOURS = ["accent", "pay", "wait", "stop", "go", "mute"];
  const charts = new Map();

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--gh-${name}`).trim();
  const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);
  const number = (cell) => (cell.textContent.trim() === "" ? null : Number(cell.textContent));

  function values(card) {
    const rows = [...card.querySelectorAll("tbody tr")];
    const heads = [...card.querySelectorAll("thead [data-series]")];
    return {
      labels: rows.map((row) => row.cells[0].textContent.trim()),
      heads,
      columns: [rows.map((_row, index) => index), ...heads.map((_head, n) => rows.map((row) => number(row.cells[n + 1])))],
    };
  }
  function series(head, kind) {
    const [, usual, index] = head.dataset.series.match(/^(usual-)?(\d+)$/);
    const stroke = colour(COLOURS[index % COLOURS.length]);
    if (usual) return { stroke, width: 1.5, dash: [5, 4], points: { show: false } };
    // By its point, a value without neighbours is visible.
    if (kind === "lines") return { stroke, width: 2, points: { show: true, size: 5, fill: stroke } };
    const bars = uPlot.paths.bars({ size: [0.38, 48], align: index === "0" ? -1 : 1 });
    return { stroke, fill: `${stroke}bb`, width: 0, paths: bars, points: { show: false } };
  }
  function options(card, plot, found) {
    const font = `${Math.round(0.75 * rem())}px Inter, system-ui, sans-serif`;
    const axis = { stroke: colour("ink-2"), grid: { stroke: colour("line"), width: 1 }, ticks: { show: false }, font };
    const last = found.labels.length - 1;
    return {
      width: plot.clientWidth, height: Math.max(LEAST_HEIGHT, plot.clientHeight), legend: { show: false },
      cursor: { show: false },
      scales: { x: { time: false, range: () => [-0.6, last + 0.6] }, y: { range: (_chart, _low, high) => [0, Math.max(4, (high || 0) * 1.1)] } },
      axes: [
        { ...axis, size: 1.9 * rem(), space: 2.2 * rem(), incrs: [1, 2, 3, 6], values: (_chart, at) => at.map((index) => found.labels[index] ?? "") },
        { ...axis, size: 3 * rem(), space: 2.2 * rem(), incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000] },
      ],
      series: [{}, ...found.heads.map((head) => series(head, card.dataset.trend))],
    };
  }
  function draw(card) {
    const plot = card.querySelector("[data-trend-plot]");
    const old = charts.get(plot);
    if (old) old.destroy();
    const found = values(card);
    charts.set(plot, new uPlot(options(card, plot, found), found.columns, plot));
  }
  function drawAll() {
    for (const plot of charts.keys()) if (!plot.isConnected) { charts.get(plot).destroy(); charts.delete(plot); }
    for (const card of document.querySelectorAll("[data-trend]")) draw(card);
  }
  function tick() {
    for (const sign of document.querySelectorAll("[data-clock]")) {
      const form = new Intl.DateTimeFormat(document.documentElement.lang, { timeZone: sign.dataset.zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
      sign.textContent = form.format(new Date());
    }
  }
  async function reload() {
    try {
      const answer = await fetch(location.href, { redirect: "error" });
      if (answer.ok) location.reload();
    } catch { /* the server is away: the page stays as it is until the next time */ }
  }
  document.addEventListener("DOMContentLoaded", () => {
    drawAll();
    tick();
    setInterval(tick, 5000);
    if ("wall" in document.body.dataset) setInterval(reload, RELOAD_MS);
    let wait;
    window.addEventListener("resize", () => { clearTimeout(wait); wait = setTimeout(drawAll, 150); });
    document.addEventListener("themechange", drawAll);
    document.addEventListener("htmx:afterSwap", (event) => {
      if (event.detail.target.querySelector("[data-trend]")) drawAll();
    });
  });
})();
