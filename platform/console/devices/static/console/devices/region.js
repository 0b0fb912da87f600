// The region of a camera's picture: a polygon whose corners are moved by pointer, keys or numbers.
// The fields of the corners are the truth; the drawing mirrors them.
(function () {
  "use strict";
  const STEP = 0.5, FAR = 5;              // percent of an arrow key, without and with Shift
  const START = [[20, 30], [80, 30], [80, 95], [20, 95]];
  const PLATE = 4;                        // a plate is so many times as wide as high
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const root = document.getElementById("region-editor");
  if (!root) return;
  const one = (selector) => root.querySelector(selector);
  const picture = one("[data-picture]"), image = one("img"), rows = one("[data-rows]");
  const handles = one("[data-handles]"), least = root.elements.least_height, slider = one("[data-least-height]");
  const LEAST = Number(root.dataset.least), MOST = Number(root.dataset.most);
  const boxes = JSON.parse(root.dataset.boxes);

  const within = (value) => Math.min(100, Math.max(0, Math.round(value * 10) / 10));
  const fields = (row) => [row.querySelector("[name=x]"), row.querySelector("[name=y]")];
  const corners = () => [...rows.children].map((row) => fields(row).map((field) => within(Number(field.value) || 0)));
  const middle = (a, b) => [within((a[0] + b[0]) / 2), within((a[1] + b[1]) / 2)];
  const path = (points) => `M${points.map((point) => point.join(" ")).join("L")}Z`;

  // -- corners ------------------------------------------------------------------------------------
  function write(row, point) {
    fields(row).forEach((field, axis) => { field.value = within(point[axis]); });
  }
  function insert(at, point) {
    const row = one("template").content.querySelector("[data-corner]").cloneNode(true);
    write(row, point);
    rows.insertBefore(row, rows.children[at] || null);
  }
  function add(at, point) {
    if (rows.children.length >= MOST) return;
    insert(at, point);
    render();
    handle(at).focus();
  }
  // Between a corner and the next one; the last one's neighbour is the first.
  function addAfter(at) {
    const points = corners();
    add(at + 1, middle(points[at], points[(at + 1) % points.length]));
  }
  function addByButton() {
    const points = corners();
    if (points.length < LEAST) {
      rows.replaceChildren();
      START.forEach((point, at) => insert(at, point));
      render();
      handle(0).focus();
      return;
    }
    const reach = points.map((point, at) => {
      const next = points[(at + 1) % points.length];
      return Math.hypot(point[0] - next[0], point[1] - next[1]);
    });
    addAfter(reach.indexOf(Math.max(...reach)));
  }
  // With fewer than three corners nothing is enclosed: the whole picture is read again.
  function remove(at) {
    rows.children[at].remove();
    if (rows.children.length < LEAST) rows.replaceChildren();
    render();
    (handle(Math.min(at, rows.children.length - 1)) || one("[data-do=add]")).focus();
  }
  function whole() {
    rows.replaceChildren();
    render();
  }

  // -- drawing ------------------------------------------------------------------------------------
  const handle = (at) => handles.querySelector(`[data-at="${at}"]`);
  function place(button, point) {
    button.style.left = `${point[0]}%`;
    button.style.top = `${point[1]}%`;
  }
  // Buttons are kept, so that the one being dragged or focused stays the same.
  function renderHandles(points) {
    const wanted = points.length * 2;
    while (handles.children.length > wanted) handles.lastElementChild.remove();
    while (handles.children.length < wanted) {
      handles.append(document.createElement("button"));
      handles.lastElementChild.type = "button";
    }
    points.forEach((point, at) => {
      const corner = handles.children[at], between = handles.children[points.length + at];
      corner.className = "";
      corner.dataset.at = at;
      delete corner.dataset.add;
      corner.setAttribute("aria-label", `${root.dataset.textCorner} ${at + 1}: ${point[0]} %, ${point[1]} %`);
      corner.setAttribute("aria-describedby", "region-keys");
      place(corner, point);
      between.className = "region-add";
      between.dataset.add = at + 1;
      delete between.dataset.at;
      between.hidden = points.length >= MOST;
      between.removeAttribute("aria-describedby");
      between.setAttribute("aria-label", root.dataset.textAdd);
      place(between, middle(point, points[(at + 1) % points.length]));
    });
  }
  function renderLeast(points) {
    const height = within(Number(least.value) || 0), box = picture.getBoundingClientRect();
    const width = box.width ? height * PLATE * box.height / box.width : 0;
    const sum = points.reduce((a, b) => [a[0] + b[0], a[1] + b[1]], [0, 0]);
    const [x, y] = points.length ? [sum[0] / points.length, sum[1] / points.length] : [50, 50];
    const sample = one(".region-least");
    const values = { x: x - width / 2, y: y - height / 2, width, height };
    for (const [name, value] of Object.entries(values)) sample.setAttribute(name, value);
    if (slider.value !== least.value) slider.value = least.value;
  }
  function render() {
    const points = corners();
    [...rows.children].forEach((row, at) => { row.querySelector("[data-number]").textContent = at + 1; });
    one("[data-whole]").hidden = points.length > 0;
    one("[data-do=add]").disabled = points.length >= MOST;
    one("[data-do=whole]").disabled = !points.length;
    one(".region-outline").setAttribute("d", points.length ? path(points) : "");
    one(".region-outside").setAttribute("d", points.length ? `M0 0H100V100H0Z${path(points)}` : "");
    renderHandles(points);
    renderLeast(points);
  }
  function renderBoxes() {
    const { naturalWidth: width, naturalHeight: height } = image;
    const inside = boxes.filter(([, , right, bottom]) => right <= width && bottom <= height);
    one(".region-boxes").replaceChildren(...inside.map(([left, top, right, bottom]) => {
      const frame = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      frame.setAttribute("x", left / width * 100);
      frame.setAttribute("y", top / height * 100);
      frame.setAttribute("width", (right - left) / width * 100);
      frame.setAttribute("height", (bottom - top) / height * 100);
      return frame;
    }));
    render();
  }

  // -- pointer and keys ---------------------------------------------------------------------------
  let dragged = null;
  function position(event) {
    const box = picture.getBoundingClientRect();
    return [within((event.clientX - box.left) / box.width * 100), within((event.clientY - box.top) / box.height * 100)];
  }
  handles.addEventListener("pointerdown", (event) => {
    const button = event.target.closest("button");
    if (!button || event.button > 0) return;
    event.preventDefault();
    // The buttons change their roles as soon as a corner is added, so its number is read first.
    dragged = Number(button.dataset.add || button.dataset.at);
    if (button.dataset.add) add(dragged, position(event));
    handle(dragged).focus();
    handle(dragged).setPointerCapture(event.pointerId);
  });
  handles.addEventListener("pointermove", (event) => {
    if (dragged === null) return;
    write(rows.children[dragged], position(event));
    render();
  });
  for (const end of ["pointerup", "pointercancel"]) handles.addEventListener(end, () => { dragged = null; });
  // By keyboard only: the pointer has added the corner when it went down.
  handles.addEventListener("click", (event) => {
    const button = event.target.closest("[data-add]");
    if (button && event.detail === 0) addAfter(Number(button.dataset.add) - 1);
  });
  handles.addEventListener("keydown", (event) => {
    const at = Number(event.target.dataset.at), arrow = ARROWS[event.key];
    if (Number.isNaN(at)) return;
    if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      remove(at);
    } else if (arrow) {
      event.preventDefault();
      const far = event.shiftKey ? FAR : STEP, point = corners()[at];
      write(rows.children[at], [point[0] + arrow[0] * far, point[1] + arrow[1] * far]);
      render();
      one("[data-news]").textContent = event.target.getAttribute("aria-label");
    }
  });
  root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (!button) return;
    if (button.dataset.do === "add") addByButton();
    if (button.dataset.do === "whole") whole();
    if (button.dataset.do === "remove") remove([...rows.children].indexOf(button.closest("[data-corner]")));
  });
  root.addEventListener("input", (event) => {
    if (event.target === slider) least.value = slider.value;
    render();
  });
  new ResizeObserver(render).observe(picture);
  if (image) {
    image.addEventListener("load", renderBoxes);
    if (image.complete && image.naturalWidth) renderBoxes();
  }
  render();
  root.dataset.ready = "";
})();
