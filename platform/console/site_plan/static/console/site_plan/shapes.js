// Shapes of a plan in metres, as estate.plans.drawings describes them: outlines, hits, changes.
// Functions only; canvas.js draws what they return.
(function () {
  "use strict";
  const RADIANS = Math.PI / 180;
  const SIZES = { building: [20, 12], lot: [40, 30], road: [40, 6], area: [20, 12], bay: [2.5, 5] };
  const EDGE = { building: 0, lot: 0, road: 0, area: 0, bay: 1 };

  const isRow = (shape) => shape.kind === "bay" && !shape.rings;
  const isPoint = (shape) => shape.kind === "gate";
  const round = (value) => Math.round(value * 1000) / 1000 || 0;

  // Between the axes of a shape, which start at its first corner, and those of the plan.
  function toPlan(shape, [x, y]) {
    const turn = (shape.rotation || 0) * RADIANS;
    return [shape.x + x * Math.cos(turn) - y * Math.sin(turn), shape.y + x * Math.sin(turn) + y * Math.cos(turn)];
  }
  function toOwn(shape, [x, y]) {
    const turn = -(shape.rotation || 0) * RADIANS, dx = x - shape.x, dy = y - shape.y;
    return [dx * Math.cos(turn) - dy * Math.sin(turn), dx * Math.sin(turn) + dy * Math.cos(turn)];
  }
  // The size of the whole shape along its own axes: of a row, that of all its bays.
  function size(shape) {
    if (isPoint(shape)) return [0, 0];
    if (!shape.rings) return [shape.width * (shape.count || 1), shape.depth];
    const [xs, ys] = [0, 1].map((axis) => shape.rings[0].map((point) => point[axis]));
    return [Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys)];
  }
  function ownRings(shape) {
    if (shape.rings) return shape.rings;
    const [width, depth] = size(shape);
    return [[[0, 0], [width, 0], [width, depth], [0, depth]]];
  }
  function rings(shape) {
    if (isPoint(shape)) return [[[shape.x, shape.y]]];
    return ownRings(shape).map((ring) => ring.map((point) => toPlan(shape, point)));
  }
  // The lines between the bays of a row.
  function dividers(shape) {
    if (!isRow(shape)) return [];
    return Array.from({ length: shape.count - 1 }, (_, index) =>
      [0, shape.depth].map((y) => toPlan(shape, [(index + 1) * shape.width, y])));
  }
  function middle(shape) {
    const ring = rings(shape)[0];
    return [0, 1].map((axis) => ring.reduce((sum, point) => sum + point[axis], 0) / ring.length);
  }
  function bounds(shapes) {
    const points = shapes.flatMap((shape) => rings(shape)[0]);
    if (!points.length) return null;
    const [xs, ys] = [0, 1].map((axis) => points.map((point) => point[axis]));
    const least = (list) => list.reduce((a, b) => Math.min(a, b)), most = (list) => list.reduce((a, b) => Math.max(a, b));
    return [least(xs), least(ys), most(xs), most(ys)];
  }
  function surrounds(ring, [x, y]) {
    let inside = false;
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const [ax, ay] = ring[i], [bx, by] = ring[j];
      if ((ay > y) !== (by > y) && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
    }
    return inside;
  }
  // Small things lie above large ones.
  const LAYERS = ["area", "lot", "road", "building", "bay", "gate"];
  function ordered(shapes) {
    return [...shapes].sort((a, b) => LAYERS.indexOf(a.kind) - LAYERS.indexOf(b.kind));
  }
  function hit(shapes, point, tolerance) {
    return ordered(shapes).reverse().find((shape) => isPoint(shape)
      ? Math.hypot(shape.x - point[0], shape.y - point[1]) <= tolerance
      : surrounds(rings(shape)[0], point));
  }
  function snap(value, step) { return round(Math.round(value / step) * step); }

  // What the numeric fields set. A free outline is stretched; everything else stores the number.
  function set(shape, name, value) {
    if (shape.rings && (name === "width" || name === "depth")) {
      const axis = name === "width" ? 0 : 1, factor = value / (size(shape)[axis] || 1);
      shape.rings = shape.rings.map((ring) => ring.map((point) => point.map((each, at) => (at === axis ? each * factor : each))));
    } else shape[name] = value;
  }
  function get(shape, name) {
    if (shape.rings && name === "width") return round(size(shape)[0]);
    if (shape.rings && name === "depth") return round(size(shape)[1]);
    return shape[name];
  }
  // The codes of the bays of a row, and that of the last one.
  function codesOf(shape) {
    const found = /^(.*?)(\d+)$/s.exec(shape.code || "");
    if (!isRow(shape) || shape.count < 2 || !found) return [shape.code];
    return Array.from({ length: shape.count }, (_, index) => found[1] + String(Number(found[2]) + index).padStart(found[2].length, "0"));
  }
  const lastCode = (shape) => codesOf(shape).at(-1);
  function allCodes(shapes, kind) { return new Set(shapes.filter((each) => each.kind === kind).map((each) => each.code)); }
  function freeCode(shapes, kind) {
    const taken = allCodes(shapes, kind);
    if (kind === "bay") {
      const rows = new Set(shapes.filter((each) => each.kind === kind).map((each) => (each.code || "").split("-")[0]));
      for (let at = 0; ; at++) {
        const letters = (at < 26 ? "" : String.fromCharCode(64 + Math.floor(at / 26))) + String.fromCharCode(65 + (at % 26));
        if (!rows.has(letters)) return `${letters}-01`;
      }
    }
    const prefix = { building: "", lot: "P", road: "R", area: "area-", gate: "gate-" }[kind];
    for (let number = 1; ; number++) if (!taken.has(`${prefix}${number}`)) return `${prefix}${number}`;
  }
  // The site's next place of a kind that is not drawn yet; of bays, as many as are numbered in a row.
  const ROW = 10;
  function nextPlace(kind, shapes, lot, places) {
    if (kind !== "bay") {
      const drawn = allCodes(shapes, kind);
      return (places[kind] || []).find((each) => !drawn.has(each.code));
    }
    const rows = shapes.filter((each) => each.kind === kind && each.lot === lot);
    const drawn = new Set(rows.flatMap(codesOf));
    const free = (places.bay || []).filter((each) => each.in_lot === lot && !drawn.has(each.code)).map((each) => each.code);
    if (!free.length) return undefined;
    const numbered = codesOf({ kind, code: free[0], count: ROW });
    const end = numbered.findIndex((code, index) => code !== free[index]);
    return { code: free[0], count: end < 0 ? ROW : end };
  }
  // A new shape at a point; a row begins inside of its car park, next to the rows that are there.
  function made(kind, shapes, [x, y], lot, places = {}) {
    const next = nextPlace(kind, shapes, lot, places);
    const shape = { kind, code: freeCode(shapes, kind), ...next, x, y };
    if (kind === "gate") return shape;
    const [width, depth] = SIZES[kind];
    Object.assign(shape, { width, depth, rotation: 0 });
    if (kind !== "bay") return shape;
    const park = shapes.find((each) => each.kind === "lot" && each.code === lot);
    const others = shapes.filter((each) => isRow(each) && each.lot === lot);
    Object.assign(shape, { lot, count: shape.count || ROW });
    if (park) {
      const [px, py] = toPlan(park, [EDGE.bay, EDGE.bay + others.length * 2 * depth]);
      Object.assign(shape, { x: round(px), y: round(py), rotation: park.rotation || 0 });
    }
    return shape;
  }
  function copy(shape, shapes, step) {
    const [, depth] = size(shape), twin = structuredClone(shape);
    const [x, y] = toPlan(shape, [0, Math.max(depth, step)]);
    return Object.assign(twin, { x: round(x), y: round(y), code: freeCode(shapes, shape.kind), name: undefined });
  }
  window.PlanShapes = { bounds, copy, dividers, get, hit, isPoint, isRow, lastCode, made, middle, ordered, rings, round, set, size, snap, toOwn, toPlan };
})();
