// The plan of the site on a canvas; the status of bays follows the live channel.
(function () {
  "use strict";
  const INSET = { occupied: 0.62, reserved: 0.5, closed: 0.5 };
  let map, plan, canvas, layers, incidents;
  const bays = new Map();   // pk -> {shape, mark, status, label}
  const drawn = [];         // everything else, for a change of theme

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--gh-${name}`).trim();
  const place = () => document.getElementById("map");

  function bayStyle(status) {
    return {
      color: colour(status === "unknown" ? "unknown" : "plan-line"),
      dashArray: status === "unknown" ? "2 2" : null,
      weight: 1, fillColor: colour(status), fillOpacity: status === "unknown" ? 0.25 : 0.9,
    };
  }
  const markStyle = () => ({ color: "#fff", weight: 1.5, opacity: 0.9, fillColor: "#fff", fillOpacity: 0.9, interactive: false });

  // A status has a shape too, not only a colour: a car, a bar, a cross.
  function sign(status, ring) {
    const share = INSET[status];
    if (!share) return [];
    const middle = ring.reduce((sum, p) => [sum[0] + p[0] / ring.length, sum[1] + p[1] / ring.length], [0, 0]);
    const inner = ring.map((p) => [middle[0] + (p[0] - middle[0]) * share, middle[1] + (p[1] - middle[1]) * share]);
    if (status === "occupied") return [[...inner, inner[0]]];
    if (status === "reserved") return [[inner[0], inner[2]]];
    return [[inner[0], inner[2]], [inner[1], inner[3] || inner[0]]];
  }
  function paint(bay) {
    bay.shape.setStyle(bayStyle(bay.status));
    bay.mark.setLatLngs(sign(bay.status, bay.ring));
    bay.mark.setStyle(markStyle());
  }
  function change(pk, status) {
    const bay = bays.get(pk);
    if (!bay || bay.status === status) return;
    bay.status = status;
    paint(bay);
  }
  function count() {
    const totals = {};
    for (const bay of bays.values()) totals[bay.status] = (totals[bay.status] || 0) + 1;
    for (const sum of document.querySelectorAll("[data-count]")) sum.textContent = totals[sum.dataset.count] || 0;
    // The statuses as attributes, for assistive technology and tests.
    for (const [pk, bay] of bays) place().setAttribute(`data-bay-${pk}`, bay.status);
  }
  function name(text, kind) {
    const label = document.createElement("span");
    label.className = `map-label map-label-${kind}`;
    label.textContent = text;
    return label;
  }
  function words(bay) {
    const line = document.createElement("span");
    line.textContent = `${place().dataset.textBay} ${bay.label}: ${place().dataset[`text${bay.status[0].toUpperCase()}${bay.status.slice(1)}`]}`;
    return line;
  }
  // A popup with what the server knows of a place; it is laid out again once its content is there.
  function details(layer, kind, pk) {
    const card = document.createElement("div");
    const room = () => Math.max(120, place().clientHeight - 90);
    layer.bindPopup(card, { minWidth: 220, maxWidth: 320, autoPanPadding: [16, 16] });
    const load = async () => {
      if (!layer.isPopupOpen()) return;
      const address = place().dataset[kind].replace("/0/", `/${pk}/`);
      await htmx.ajax("GET", address, { target: card, swap: "innerHTML" });
      layer.getPopup().options.maxHeight = room();
      layer.getPopup().update();
    };
    layer.on("popupopen", load);
    return load;
  }
  // A bay is found by its code, too: by keyboard, and where bays are too small to be hit.
  function openBay(code) {
    const wanted = code.trim().toLowerCase();
    for (const bay of bays.values()) if (bay.label.toLowerCase() === wanted) { bay.shape.openPopup(); return; }
  }
  function latlngs(feature) {
    return feature.geometry.coordinates.map((ring) => ring.slice(0, -1).map(([x, y]) => [y, x]));
  }
  const ways = {
    lot(feature) {
      const shape = L.polygon(latlngs(feature), { renderer: canvas, interactive: false }).addTo(layers);
      drawn.push(() => shape.setStyle({ stroke: true, color: colour("line-strong"), weight: 1, fillColor: colour("plan-lot"), fillOpacity: 1 }));
    },
    road(feature) {
      const shape = L.polygon(latlngs(feature), { renderer: canvas, interactive: false }).addTo(layers);
      drawn.push(() => shape.setStyle({ stroke: true, color: colour("line-strong"), weight: 1, fillColor: colour("plan-road"), fillOpacity: 1 }));
    },
    area(feature) {
      const shape = L.polygon(latlngs(feature), { renderer: canvas, interactive: false }).addTo(layers);
      drawn.push(() => shape.setStyle({ stroke: true, color: colour("line-strong"), weight: 1, fillColor: colour("plan-area"), fillOpacity: 1 }));
      const label = feature.properties.name;
      if (label) shape.bindTooltip(name(label, "area"), { permanent: true, direction: "center", className: "map-tip" });
    },
    building(feature) {
      const shape = L.polygon(latlngs(feature), { renderer: canvas, interactive: false }).addTo(layers);
      drawn.push(() => shape.setStyle({ stroke: true, color: colour("line-strong"), weight: 1, fillColor: colour("plan-building"), fillOpacity: 1 }));
      shape.bindTooltip(name(feature.properties.label, "building"), { permanent: true, direction: "center", className: "map-tip" });
    },
    bay(feature) {
      const [ring] = latlngs(feature);
      const { pk, label, status } = feature.properties;
      const shape = L.polygon([ring], { renderer: canvas }).addTo(layers);
      const mark = L.polyline([], { renderer: canvas, interactive: false }).addTo(layers);
      const bay = { shape, mark, ring, status, label };
      shape.bindTooltip(() => words(bay), { sticky: true });
      const load = details(shape, "bay", pk);
      document.body.addEventListener(`live:bay-${pk}`, load);
      bays.set(pk, bay);
    },
    gate(feature) {
      const [x, y] = feature.geometry.coordinates;
      const { pk, label } = feature.properties;
      const pin = document.createElement("span");
      pin.append(name(label, "gate"));
      const marker = L.marker([y, x], { icon: L.divIcon({ html: pin, className: "map-gate", iconSize: null }), keyboard: true, title: label, alt: label }).addTo(layers);
      document.body.addEventListener("live:lane", details(marker, "gate", pk));
    },
  };
  function repaint() {
    drawn.forEach((draw) => draw());
    bays.forEach(paint);
  }
  function draw() {
    const order = { area: 0, lot: 1, road: 2, building: 3, bay: 4, gate: 5 };
    const features = [...plan.features].sort((a, b) => order[a.properties.kind] - order[b.properties.kind]);
    features.forEach((feature) => ways[feature.properties.kind](feature));
    repaint();
    count();
    document.getElementById("map-empty").hidden = features.length > 0;
    if (plan.bbox) {
      const [west, south, east, north] = plan.bbox;
      map.fitBounds([[south, west], [north, east]], { padding: [28, 28], animate: false });
      map.setMaxBounds(L.latLngBounds([[south, west], [north, east]]).pad(1));
    }
  }
  // A published plan takes the place of the one that is shown.
  async function replacePlan() {
    plan = await fetchPlan();
    layers.clearLayers();
    bays.clear();
    drawn.length = 0;
    draw();
  }
  // Open incidents: a sign of the severity's shape, which leads to the triage board.
  function incident({ pk, severity, label, position: [x, y] }) {
    const sign = document.createElement("span");
    sign.className = `severity severity-${severity}`;
    const icon = L.divIcon({ html: sign, className: "map-incident", iconSize: null });
    const marker = L.marker([y, x], { icon, title: label, alt: label, keyboard: true, zIndexOffset: 1000 });
    marker.on("click keypress", (event) => {
      if (event.type === "click" || event.originalEvent.key === "Enter") location.assign(`${place().dataset.triage}?incident=${pk}`);
    });
    return marker;
  }
  async function showIncidents() {
    if (!place().dataset.incidents) return;
    const answer = await fetch(place().dataset.incidents, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const { marks } = await answer.json();
    incidents.clearLayers();
    marks.forEach((each) => incident(each).addTo(incidents));
    place().dataset.shownIncidents = String(marks.length);
  }
  // In a storm of incidents, one request at a time.
  let asked = false, asking = false;
  async function refreshIncidents() {
    asked = true;
    if (asking) return;
    asking = true;
    while (asked) { asked = false; await showIncidents(); }
    asking = false;
  }
  async function fetchPlan() {
    const answer = await fetch(place().dataset.plan, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`plan: ${answer.status}`);
    return answer.json();
  }
  // The live channel names the bays that changed; without ids, all of them are fetched.
  async function refresh(pks) {
    const query = new URLSearchParams(pks.map((pk) => ["bay", pk]));
    const answer = await fetch(`${place().dataset.bays}?${query}`, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const said = await answer.json();
    // A plan that was published during a gap in the connection.
    if (said.revision !== plan.revision) { await replacePlan(); return; }
    for (const [pk, status] of Object.entries(said.bays)) change(Number(pk), status);
    count();
  }
  // One request at a time: what changes during one, the first one too, is fetched after it.
  let published = true, everything = false, working = false;
  const changed = new Set();
  async function work() {
    if (working) return;
    working = true;
    try {
      while (published || everything || changed.size) {
        const replaced = published, pks = everything ? [] : [...changed];
        published = everything = false;
        changed.clear();
        if (replaced || !plan) await replacePlan(); else await refresh(pks);
      }
    } catch { published = !plan; /* without a connection: live:refresh follows once there is one */ }
    working = false;
  }
  function note(events) {
    for (const { topic, id } of events) {
      if (topic === "plan") published = true;
      if (topic !== "bay") continue;
      if (id === undefined) everything = true; else changed.add(id);
    }
    work();
  }
  document.addEventListener("DOMContentLoaded", () => {
    canvas = L.canvas({ padding: 0.5 });
    map = L.map(place(), { preferCanvas: true, attributionControl: false, zoomSnap: 0.25, minZoom: 14, maxZoom: 23, zoomAnimation: false });
    map.setView([Number(place().dataset.latitude), Number(place().dataset.longitude)], 18);
    layers = L.layerGroup().addTo(map);
    incidents = L.layerGroup().addTo(map);
    for (const name of ["live:incident", "live:device_incident", "live:refresh"]) document.body.addEventListener(name, refreshIncidents);
    refreshIncidents();
    document.body.addEventListener("live:bundle", (event) => note(event.detail));
    document.body.addEventListener("live:refresh", () => { everything = true; work(); });
    document.addEventListener("themechange", repaint);
    document.getElementById("find-bay").addEventListener("change", (event) => openBay(event.target.value));
    work();
  });
})();
