// The editor of the plan: shapes are added, moved and turned by pointer, keyboard or numbers, and
// saved as the site's draft. Each change is a step that can be undone.
(function () {
  "use strict";
  const S = window.PlanShapes;
  const KEPT = 200;            // steps to undo
  const TURN = 15;             // degrees of a key, and of the knob unless Shift is held
  const NUMBERS = ["x", "y", "width", "depth", "rotation", "count", "capacity"];
  let root, fields, list, canvas, surface;
  let shapes = [], origin = [0, 0], version = 0, lots = [], places = {};
  let selected = null, past = [], future = [], tag = "", stored = "";
  const part = (id) => document.getElementById(`plan-${id}`);
  const step = () => Number(part("step").value);
  const state = () => JSON.stringify({ shapes, origin });
  const isDirty = () => state() !== stored;

  // -- steps --------------------------------------------------------------------------------------
  // Changes with the same tag, such as a held arrow key, are one step.
  function change(name, perform) {
    const before = state();
    perform();
    if (state() === before) return;
    if (name !== tag || !name) past.push(before);
    past = past.slice(-KEPT);
    tag = name;
    future = [];
    render();
  }
  function travel(from, to) {
    if (!from.length) return;
    const at = shapes.indexOf(selected);
    to.push(state());
    ({ shapes, origin } = JSON.parse(from.pop()));
    tag = "";
    selected = shapes[Math.min(at, shapes.length - 1)] || null;
    render();
  }

  // -- what the page shows ------------------------------------------------------------------------
  const title = (shape) => root.dataset[`text${shape.kind[0].toUpperCase()}${shape.kind.slice(1)}`];
  function name(shape) {
    const codes = S.isRow(shape) && shape.count > 1 ? `${shape.code} – ${S.lastCode(shape)}` : shape.code || "";
    return `${title(shape)} ${codes}`;
  }
  function place(shape) {
    const metres = (value) => `${Math.round(value * 100) / 100}`;
    const where = `${metres(shape.x)}, ${metres(shape.y)} ${root.dataset.textMetre}`;
    return S.isRow(shape) && shape.count > 1 ? `${shape.count} ${root.dataset.textBays} · ${where}` : where;
  }
  function renderList() {
    const rows = shapes.map((shape, index) => {
      const row = list.children[index] || document.createElement("li");
      const button = row.firstElementChild || row.appendChild(document.createElement("button"));
      if (!button.firstElementChild) {
        button.type = "button";
        button.append(document.createElement("span"), document.createElement("span"));
        button.lastElementChild.className = "muted small num";
      }
      button.dataset.index = index;
      button.setAttribute("aria-pressed", shape === selected);
      button.firstElementChild.textContent = name(shape);
      button.lastElementChild.textContent = place(shape);
      return row;
    });
    list.replaceChildren(...rows);
    part("count").textContent = shapes.length || "";
    part("empty").hidden = shapes.length > 0;
  }
  function lotChoices(select) {
    const drawn = shapes.filter((shape) => shape.kind === "lot").map((shape) => shape.code);
    const codes = [...new Set([...drawn, ...lots, ...(selected.lot ? [selected.lot] : [])])].filter(Boolean);
    select.replaceChildren(...codes.map((code) => new Option(code, code)));
  }
  function renderFields() {
    fields.hidden = !selected;
    if (!selected) return;
    part("kind").textContent = title(selected);
    lotChoices(fields.elements.lot);
    for (const label of fields.querySelectorAll("[data-for]")) {
      const input = label.querySelector("input, select"), caption = label.querySelector(".form-label");
      label.hidden = !label.dataset.for.split(" ").includes(selected.kind) || (input.name === "count" && !S.isRow(selected));
      if (caption.dataset.row) caption.textContent = S.isRow(selected) ? caption.dataset.row : caption.dataset.single;
      const value = S.get(selected, input.name);
      if (input !== document.activeElement) input.value = value ?? "";
    }
  }
  function render() {
    renderList();
    renderFields();
    part("saved").textContent = part("saved").dataset[isDirty() ? "unsaved" : "saved"];
    root.querySelector("[data-do=undo]").disabled = !past.length;
    root.querySelector("[data-do=redo]").disabled = !future.length;
    surface.show({ shapes, selected, step: step() });
  }
  function announce(text) { part("news").textContent = text; }
  function select(shape, says = true) {
    selected = shape || null;
    tag = "";
    // Fields of another shape must not keep what is being entered for the former one.
    if (fields.contains(document.activeElement)) document.activeElement.blur();
    render();
    if (selected && says) announce(`${name(selected)}: ${place(selected)}`);
  }
  function showProblems(texts) {
    part("problems").replaceChildren(...texts.map((text) => {
      const line = document.createElement("p");
      line.className = "alert alert-danger";
      line.textContent = text;
      return line;
    }));
    if (texts.length) part("problems").scrollIntoView({ block: "nearest" });
  }

  // -- commands -----------------------------------------------------------------------------------
  function lotOfNewRow() {
    if (selected && selected.kind === "lot") return selected.code;
    if (selected && selected.lot) return selected.lot;
    const drawn = shapes.filter((shape) => shape.kind === "lot");
    return drawn.length ? drawn[drawn.length - 1].code : lots[0];
  }
  function add(kind, byKeyboard) {
    const at = surface.middle().map((value) => S.snap(value, Math.max(step(), 0.5)));
    let shape;
    change("", () => { shape = S.made(kind, shapes, at, lotOfNewRow(), places); shapes.push(shape); });
    select(shape);
    if (byKeyboard) { fields.elements.code.focus(); fields.elements.code.select(); }
  }
  function move(dx, dy) {
    if (!selected) return;
    change("move", () => {
      selected.x = S.round(selected.x + dx);
      selected.y = S.round(selected.y + dy);
    });
    announce(place(selected));
  }
  function turn(degrees) {
    if (!selected || S.isPoint(selected)) return;
    change("turn", () => { selected.rotation = S.round(wrapped((selected.rotation || 0) + degrees)); });
    announce(`${selected.rotation}°`);
  }
  const wrapped = (degrees) => ((degrees + 180) % 360 + 360) % 360 - 180;
  function next(by) {
    if (!shapes.length) return;
    const at = shapes.indexOf(selected);
    select(shapes[(at + by + shapes.length) % shapes.length]);
  }
  const commands = {
    undo() { travel(past, future); },
    redo() { travel(future, past); },
    zoomIn() { surface.zoom(1.4); },
    zoomOut() { surface.zoom(1 / 1.4); },
    fit() { surface.fit(); },
    remove() {
      if (!selected) return;
      const gone = name(selected), at = shapes.indexOf(selected);
      change("", () => { shapes.splice(at, 1); selected = shapes[Math.min(at, shapes.length - 1)] || null; });
      announce(`${gone}: ${root.dataset.textRemoved}`);
      canvas.focus();
    },
    duplicate() {
      if (!selected) return;
      let twin;
      change("", () => { twin = S.copy(selected, shapes, step()); shapes.push(twin); });
      select(twin);
    },
    save,
    async publish() {
      if (await save()) htmx.ajax("GET", root.dataset.publish, { target: "#sheet-in" });
    },
  };

  // -- loading and saving -------------------------------------------------------------------------
  async function load() {
    const answer = await fetch(root.dataset.draft, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`plan: ${answer.status}`);
    const data = await answer.json();
    ({ version, places } = data);
    lots = places.lot.map((each) => each.code);
    ({ shapes, origin } = data.drawing);
    stored = state();
    renderOrigin();
    render();
    surface.fit();
  }
  async function save() {
    showProblems([]);
    if (!isDirty() && version) return true;
    const sent = state();
    const headers = { "Content-Type": "application/json", ...JSON.parse(document.body.getAttribute("hx-headers")) };
    const body = JSON.stringify({ drawing: { origin, shapes }, version });
    let answer;
    try { answer = await fetch(root.dataset.draft, { method: "POST", headers, body }); } catch { answer = null; }
    if (answer && answer.status === 422) showProblems((await answer.json()).problems);
    else if (!answer || !answer.ok) showProblems([document.body.dataset.textFailed]);
    else {
      ({ version } = await answer.json());
      stored = sent;
      render();
      return true;
    }
    return false;
  }

  // -- fields -------------------------------------------------------------------------------------
  function enter(input) {
    if (!selected || !input.checkValidity()) return;
    const isNumber = NUMBERS.includes(input.name);
    if (isNumber && input.value === "" && input.name !== "capacity") return;
    let value = isNumber ? Number(input.value) : input.value.trim();
    if (input.name === "capacity" && input.value === "") value = undefined;
    change(`field-${input.name}`, () => {
      // Rows follow the code of their car park.
      if (selected.kind === "lot" && input.name === "code") for (const shape of shapes) if (shape.lot === selected.code) shape.lot = value;
      S.set(selected, input.name, value);
    });
  }
  function renderOrigin() {
    for (const [index, field] of ["longitude", "latitude"].entries()) root.querySelector(`[name=${field}]`).value = origin[index];
  }
  function enterOrigin(input) {
    if (!input.checkValidity() || input.value === "") return;
    const index = input.name === "longitude" ? 0 : 1;
    change(`field-${input.name}`, () => { origin = origin.map((value, at) => (at === index ? Number(input.value) : value)); });
  }

  // -- the pointer --------------------------------------------------------------------------------
  const pointers = new Map();
  let drag = null, spread = 0;
  const pixel = (event) => { const box = canvas.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; };
  function down(event) {
    canvas.focus({ preventScroll: true });
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, pixel(event));
    spread = 0;
    const found = surface.at(pixel(event));
    if (found && found.shape !== selected) select(found.shape);
    drag = { handle: found ? found.handle : "pan", start: surface.toPlan(pixel(event)), first: found && { ...found.shape }, moved: false };
    tag = "";
  }
  function moved(event) {
    if (!pointers.has(event.pointerId)) return;
    const before = pointers.get(event.pointerId), now = pixel(event);
    pointers.set(event.pointerId, now);
    if (pointers.size === 2) return pinch();
    if (Math.hypot(now[0] - before[0], now[1] - before[1]) > 0) drag.moved = true;
    if (drag.handle === "pan") return surface.pan(now[0] - before[0], now[1] - before[1]);
    change("drag", () => follow(surface.toPlan(now), event.shiftKey));
  }
  function follow(point, isFree) {
    const { first, start, handle } = drag, grid = isFree ? 0.01 : step();
    if (handle === "move") {
      selected.x = S.snap(first.x + point[0] - start[0], grid);
      selected.y = S.snap(first.y + point[1] - start[1], grid);
    } else if (handle === "turn") {
      const degrees = (Math.atan2(point[1] - selected.y, point[0] - selected.x) * 180) / Math.PI;
      selected.rotation = S.snap(degrees, isFree ? 0.1 : 5);
    } else {
      const [width, depth] = S.toOwn(selected, point).map((value) => Math.max(S.snap(value, grid), grid));
      if (S.isRow(selected)) selected.count = Math.max(1, Math.min(500, Math.round(width / selected.width)));
      else selected.width = width;
      selected.depth = depth;
    }
  }
  function pinch() {
    drag.handle = "none";
    const [a, b] = [...pointers.values()], now = Math.hypot(a[0] - b[0], a[1] - b[1]);
    if (spread) surface.zoom(now / spread, [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2]);
    spread = now;
  }
  function up(event) {
    pointers.delete(event.pointerId);
    if (drag && drag.handle === "pan" && !drag.moved) select(null);
    tag = "";
  }

  // -- the keyboard -------------------------------------------------------------------------------
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] };
  const KEYS = {
    Delete: () => commands.remove(), Backspace: () => commands.remove(), Escape: () => select(null),
    PageDown: () => next(1), PageUp: () => next(-1), "[": () => turn(TURN), "]": () => turn(-TURN),
    "+": () => surface.zoom(1.4), "-": () => surface.zoom(1 / 1.4), 0: () => surface.fit(),
    Enter: () => selected && fields.elements.code.focus(),
  };
  function onCanvasKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const by = step() * (event.shiftKey ? 10 : 1), arrow = ARROWS[event.key];
    if (arrow) move(arrow[0] * by, arrow[1] * by);
    else if (KEYS[event.key]) KEYS[event.key]();
    else return;
    event.preventDefault();
  }
  function onPageKey(event) {
    if (!(event.ctrlKey || event.metaKey) || document.querySelector("dialog[open]")) return;
    const key = event.key.toLowerCase(), typing = event.target.matches("input, select");
    if (key === "s") save();
    else if (typing) return;
    else if (key === "z" && !event.shiftKey) commands.undo();
    else if (key === "y" || key === "z") commands.redo();
    else if (key === "d") commands.duplicate();
    else return;
    event.preventDefault();
  }

  document.addEventListener("DOMContentLoaded", () => {
    root = part("editor"); fields = part("fields"); list = part("list"); canvas = part("canvas");
    surface = window.PlanSurface(canvas);
    document.addEventListener("click", (event) => {
      const adds = event.target.closest("[data-add]"), does = event.target.closest("[data-do]"), row = event.target.closest("#plan-list button");
      if (adds) add(adds.dataset.add, event.detail === 0);
      if (does) commands[does.dataset.do]();
      if (row) select(shapes[Number(row.dataset.index)]);
    });
    fields.addEventListener("submit", (event) => event.preventDefault());
    fields.addEventListener("input", (event) => enter(event.target));
    fields.addEventListener("change", () => { tag = ""; });
    fields.addEventListener("focusout", () => setTimeout(renderFields));
    part("origin").addEventListener("input", (event) => enterOrigin(event.target));
    part("step").addEventListener("change", render);
    canvas.addEventListener("pointerdown", down);
    canvas.addEventListener("pointermove", moved);
    canvas.addEventListener("pointerup", up);
    canvas.addEventListener("pointercancel", up);
    canvas.addEventListener("wheel", (event) => { event.preventDefault(); surface.zoom(event.deltaY < 0 ? 1.15 : 1 / 1.15, pixel(event)); }, { passive: false });
    canvas.addEventListener("keydown", onCanvasKey);
    document.addEventListener("keydown", onPageKey);
    window.addEventListener("beforeunload", (event) => { if (isDirty()) event.preventDefault(); });
    load();
  });
})();
