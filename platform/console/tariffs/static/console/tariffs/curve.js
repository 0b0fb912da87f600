// The prices of a tariff by length of stay, beside those of the version in force. The table next to
// the curve has the same values; the curve is for the eye only.
(function () {
  "use strict";
  const HEIGHT = 220;
  let charts = [];

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--gh-${name}`).trim();

  function money(curve) {
    const form = new Intl.NumberFormat(document.documentElement.lang, {
      style: "currency", currency: curve.currency,
      minimumFractionDigits: curve.decimals, maximumFractionDigits: curve.decimals,
    });
    return (amount) => form.format(amount);
  }
  function length(minutes, hours) {
    const whole = Math.floor(minutes / 60), rest = minutes % 60;
    return `${whole} ${hours} ${rest ? `${String(rest).padStart(2, "0")}′` : ""}`.trim();
  }
  function options(box, curve) {
    const axis = { stroke: colour("ink-2"), grid: { stroke: colour("line"), width: 1 }, ticks: { stroke: colour("line") }, font: "12px Inter, system-ui, sans-serif" };
    const written = money(curve), texts = box.dataset;
    const read = box.parentElement.querySelector(".price-read");
    const stepped = uPlot.paths.stepped({ align: 1 });
    const lines = [{ stroke: colour("accent"), width: 2 }, { stroke: colour("ink-3"), width: 1.5, dash: [6, 4] }];
    const names = [texts.textNew, texts.textOld];
    return {
      width: box.clientWidth, height: HEIGHT, legend: { show: false },
      scales: { x: { time: false }, y: { range: (_chart, _low, high) => [0, (high || 1) * 1.08] } },
      axes: [
        { ...axis, incrs: [60, 180, 360, 720, 1440], space: 45, values: (_chart, splits) => splits.map((at) => `${at / 60} ${texts.textHours}`) },
        { ...axis, size: (_chart, shown) => Math.max(50, 16 + 7 * (shown || []).reduce((most, text) => Math.max(most, text.length), 0)), values: (_chart, splits) => splits.map(written) },
      ],
      series: [{}, ...curve.prices.map((_own, at) => ({ ...lines[at], paths: stepped, points: { show: false } }))],
      cursor: { drag: { x: false, y: false }, points: { size: 7 } },
      hooks: {
        setCursor: [(chart) => {
          const at = chart.cursor.idx;
          read.textContent = at === null || at === undefined ? "\u00a0"
            : `${length(curve.minutes[at], texts.textHours)}: ${curve.prices.map((own, n) => `${curve.prices.length > 1 ? `${names[n]} ` : ""}${written(own[at])}`).join(", ")}`;
        }],
      },
    };
  }
  function draw() {
    for (const chart of charts) chart.destroy();
    charts = [...document.querySelectorAll(".price-curve")].map((box) => {
      const curve = JSON.parse(box.dataset.curve);
      return new uPlot(options(box, curve), [curve.minutes, ...curve.prices], box);
    });
  }
  function fit() {
    for (const chart of charts) chart.setSize({ width: chart.root.parentElement.clientWidth, height: HEIGHT });
  }
  document.addEventListener("DOMContentLoaded", draw);
  document.addEventListener("htmx:afterSettle", draw);
  document.addEventListener("themechange", draw);
  window.addEventListener("resize", fit);
})();
