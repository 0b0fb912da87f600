// The drawing surface of the plan: the view, what is painted, and where the pointer is.
(function () {
  "use strict";
  const S = window.PlanShapes;
  const TOUCH = 14;                       // pixels around a handle or a gate that count as a hit
  const LEAST = 0.02, MOST = 200;         // pixels per metre
  const FILL = { building: "plan-building", lot: "plan-lot", road: "plan-road", area: "plan-area", bay: "free", gate: "accent" };
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--gh-${name}`).trim();

  function Surface(canvas) {
    const pen = canvas.getContext("2d");
    const view = { x: 0, y: 0, scale: 8 };  // the middle in metres, and pixels per metre
    let waiting = false, scene = { shapes: [], selected: null, step: 0.5 };

    const toScreen = ([x, y]) => [canvas.clientWidth / 2 + (x - view.x) * view.scale, canvas.clientHeight / 2 - (y - view.y) * view.scale];
    const toPlan = ([x, y]) => [view.x + (x - canvas.clientWidth / 2) / view.scale, view.y - (y - canvas.clientHeight / 2) / view.scale];

    // -- painting ---------------------------------------------------------------------------------
    function line(points, closes) {
      pen.beginPath();
      points.forEach((point, index) => pen[index ? "lineTo" : "moveTo"](...toScreen(point)));
      if (closes) pen.closePath();
    }
    function lines(step, strength) {
      if (step * view.scale < 7) return;
      const [west, north] = toPlan([0, 0]), [east, south] = toPlan([canvas.clientWidth, canvas.clientHeight]);
      pen.globalAlpha = strength;
      pen.beginPath();
      for (let x = Math.ceil(west / step) * step; x <= east; x += step) { const [at] = toScreen([x, 0]); pen.moveTo(at, 0); pen.lineTo(at, canvas.clientHeight); }
      for (let y = Math.ceil(south / step) * step; y <= north; y += step) { const [, at] = toScreen([0, y]); pen.moveTo(0, at); pen.lineTo(canvas.clientWidth, at); }
      pen.stroke();
      pen.globalAlpha = 1;
    }
    function grid() {
      pen.lineWidth = 1;
      pen.strokeStyle = colour("line-strong");
      lines(scene.step, 0.3);
      lines(10, 0.7);
      lines(100, 1);
    }
    function text(words, [x, y], style = "plan-text", ground = "") {
      pen.font = `550 12px ${getComputedStyle(canvas).fontFamily}`;
      pen.textAlign = "center";
      pen.textBaseline = "middle";
      if (ground) { pen.strokeStyle = colour(ground); pen.lineWidth = 4; pen.strokeText(words, x, y); }
      pen.fillStyle = colour(style);
      pen.fillText(words, x, y);
    }
    function label(shape) {
      const [x, y] = toScreen(S.middle(shape)), [width, depth] = S.size(shape).map((each) => each * view.scale);
      const words = S.isRow(shape) && shape.count > 1 ? `${shape.code} – ${S.lastCode(shape)}` : shape.name || shape.code || "";
      if (S.isPoint(shape)) text(words, [x, y - 18]);
      else if (Math.max(width, depth) > words.length * 7 && Math.min(width, depth) > 13) text(words, [x, y], shape.kind === "bay" ? "plan-line" : "plan-text", FILL[shape.kind]);
    }
    function paint(shape) {
      pen.fillStyle = colour(FILL[shape.kind]);
      pen.strokeStyle = colour(shape.kind === "bay" ? "plan-line" : "line-strong");
      pen.lineWidth = 1;
      if (S.isPoint(shape)) {
        pen.beginPath();
        pen.arc(...toScreen([shape.x, shape.y]), 8, 0, 2 * Math.PI);
        pen.fill();
      } else {
        pen.beginPath();
        for (const ring of S.rings(shape)) { ring.forEach((point, index) => pen[index ? "lineTo" : "moveTo"](...toScreen(point))); pen.closePath(); }
        pen.fill("evenodd");
        pen.stroke();
        if (shape.width * view.scale > 3) for (const each of S.dividers(shape)) { line(each); pen.stroke(); }
      }
      label(shape);
    }
    // The corner that resizes a shape, and the knob beside its width that turns it.
    function handles(shape) {
      if (S.isPoint(shape)) return [];
      const [width, depth] = S.size(shape);
      const corner = shape.rings ? null : { name: "size", at: S.toPlan(shape, [width, depth]) };
      return [corner, { name: "turn", at: S.toPlan(shape, [width + 26 / view.scale, 0]) }].filter(Boolean);
    }
    function mark(shape) {
      pen.strokeStyle = colour("accent");
      pen.lineWidth = 2.5;
      if (S.isPoint(shape)) { pen.beginPath(); pen.arc(...toScreen([shape.x, shape.y]), 12, 0, 2 * Math.PI); pen.stroke(); return; }
      for (const ring of S.rings(shape)) { line(ring, true); pen.stroke(); }
      const [width] = S.size(shape);
      line([S.toPlan(shape, [width, 0]), S.toPlan(shape, [width + 26 / view.scale, 0])]);
      pen.stroke();
      pen.fillStyle = colour("surface");
      for (const { name, at } of handles(shape)) {
        const [x, y] = toScreen(at);
        pen.beginPath();
        if (name === "turn") pen.arc(x, y, 7, 0, 2 * Math.PI); else pen.rect(x - 6, y - 6, 12, 12);
        pen.fill();
        pen.stroke();
      }
      pen.fillStyle = colour("accent");  // the first corner, to which the position refers
      pen.beginPath();
      pen.arc(...toScreen([shape.x, shape.y]), 4, 0, 2 * Math.PI);
      pen.fill();
    }
    function ruler() {
      const length = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].find((each) => each * view.scale >= 60) || 2000;
      const y = canvas.clientHeight - 14, width = length * view.scale;
      pen.strokeStyle = colour("plan-text");
      pen.lineWidth = 2;
      pen.beginPath();
      pen.moveTo(14, y - 5); pen.lineTo(14, y); pen.lineTo(14 + width, y); pen.lineTo(14 + width, y - 5);
      pen.stroke();
      text(`${length} m`, [14 + width / 2, y - 9]);
    }
    function repaint() {
      waiting = false;
      const ratio = window.devicePixelRatio || 1, width = canvas.clientWidth, height = canvas.clientHeight;
      if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
        canvas.width = Math.round(width * ratio);
        canvas.height = Math.round(height * ratio);
      }
      pen.setTransform(ratio, 0, 0, ratio, 0, 0);
      pen.clearRect(0, 0, width, height);
      grid();
      S.ordered(scene.shapes).forEach(paint);
      if (scene.selected) mark(scene.selected);
      ruler();
    }
    function show(next) {
      Object.assign(scene, next);
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(repaint);
    }

    // -- the view ---------------------------------------------------------------------------------
    function zoom(factor, at = [canvas.clientWidth / 2, canvas.clientHeight / 2]) {
      const fixed = toPlan(at);
      view.scale = Math.min(MOST, Math.max(LEAST, view.scale * factor));
      const now = toPlan(at);
      view.x += fixed[0] - now[0];
      view.y += fixed[1] - now[1];
      show();
    }
    function pan(dx, dy) {
      view.x -= dx / view.scale;
      view.y += dy / view.scale;
      show();
    }
    function fit() {
      const box = S.bounds(scene.shapes) || [-30, -20, 30, 20];
      view.x = (box[0] + box[2]) / 2;
      view.y = (box[1] + box[3]) / 2;
      const wide = (canvas.clientWidth - 80) / Math.max(box[2] - box[0], 10), high = (canvas.clientHeight - 80) / Math.max(box[3] - box[1], 10);
      view.scale = Math.min(30, MOST, Math.max(LEAST, Math.min(wide, high)));
      show();
    }
    // What is at a pixel: a handle of the selected shape, or a shape.
    function at(pixel) {
      const near = (point) => { const [x, y] = toScreen(point); return Math.hypot(x - pixel[0], y - pixel[1]) <= TOUCH; };
      const handle = scene.selected && handles(scene.selected).find((each) => near(each.at));
      if (handle) return { shape: scene.selected, handle: handle.name };
      const shape = S.hit(scene.shapes, toPlan(pixel), TOUCH / view.scale);
      return shape ? { shape, handle: "move" } : null;
    }
    new ResizeObserver(() => show()).observe(canvas);
    document.addEventListener("themechange", () => show());
    return { at, fit, pan, show, toPlan, zoom, middle: () => [view.x, view.y] };
  }
  window.PlanSurface = Surface;
})();
