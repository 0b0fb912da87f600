// The plan around an incident's place: drawn from the site's plan, which is fetched once a page.
(function () {
  "use strict";
  const ZOOM = 19;
  const SHAPES = { area: "plan-area", lot: "plan-lot", road: "plan-road", building: "plan-building", bay: "plan-line" };
  const ORDER = Object.keys(SHAPES);
  let plan;
  const drawn = new Map();  // element -> what paints its shapes

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--gh-${name}`).trim();
  async function fetchPlan(address) {
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`plan: ${answer.status}`);
    return answer.json();
  }
  function mark(severity, label) {
    const sign = document.createElement("span");
    sign.className = `severity severity-${severity}`;
    const icon = L.divIcon({ html: sign, className: "place-mark", iconSize: null });
    return { icon, title: label, alt: label, keyboard: false };
  }
  function addShape(feature, map, canvas) {
    const { kind, label } = feature.properties;
    if (!feature.geometry || feature.geometry.type !== "Polygon") return () => {};
    const rings = feature.geometry.coordinates.map((ring) => ring.slice(0, -1).map(([x, y]) => [y, x]));
    const shape = L.polygon(rings, { renderer: canvas, interactive: false, weight: 1, fillOpacity: kind === "bay" ? 0 : 1 }).addTo(map);
    if (kind === "building" && label) shape.bindTooltip(label, { permanent: true, direction: "center", className: "map-tip" });
    return () => shape.setStyle({ color: colour(kind === "bay" ? "unknown" : "line-strong"), fillColor: colour(SHAPES[kind]) });
  }
  async function draw(element) {
    drawn.set(element, () => {});
    const { longitude, latitude, severity, label } = element.dataset;
    const at = [Number(latitude), Number(longitude)];
    const canvas = L.canvas({ padding: 0.5 });
    const map = L.map(element, { preferCanvas: true, attributionControl: false, minZoom: 14, maxZoom: 22, zoomAnimation: false, scrollWheelZoom: false });
    map.setView(at, ZOOM);
    new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(element);  // pictures beside it came
    L.marker(at, mark(severity, label)).addTo(map);
    plan = plan || fetchPlan(element.dataset.plan);
    const features = (await plan).features.filter((each) => each.properties.kind in SHAPES);
    features.sort((a, b) => ORDER.indexOf(a.properties.kind) - ORDER.indexOf(b.properties.kind));
    const paints = features.map((feature) => addShape(feature, map, canvas));
    const paint = () => paints.forEach((each) => each());
    drawn.set(element, paint);
    paint();
    element.dataset.drawn = String(features.length);
  }
  function drawAll() {
    for (const element of drawn.keys()) if (!element.isConnected) drawn.delete(element);
    for (const element of document.querySelectorAll("[data-place-map]")) if (!drawn.has(element)) draw(element);
  }
  document.addEventListener("DOMContentLoaded", drawAll);
  document.addEventListener("htmx:afterSettle", drawAll);
  document.addEventListener("themechange", () => drawn.forEach((paint) => paint()));
})();
