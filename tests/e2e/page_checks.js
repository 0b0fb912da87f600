// What a page must be for anybody who can use it: called in the page after axe-core is loaded.
// Returns one line for each fault of the page, or of the open dialog.
async ({ rules, scope }) => {
  const root = document.querySelector(scope);
  const faults = [];
  const name = (element) => {
    const id = element.id ? `#${element.id}` : "";
    const classes = [...element.classList].map((each) => `.${each}`).join("");
    const text = (element.textContent || "").trim().replace(/\s+/g, " ").slice(0, 40);
    return `${element.localName}${id}${classes} "${text}"`;
  };
  const fault = (what, element) => faults.push(`${what}: ${name(element)}`);
  const shown = (element) =>
    element.checkVisibility({ checkOpacity: false, checkVisibilityCSS: true }) &&
    !element.closest("[inert], .visually-hidden, .skip-link") &&
    element.getClientRects().length > 0;

  // The transitions of a theme would be measured half-way.
  const still = document.createElement("style");
  still.textContent = "*, *::before, *::after { transition: none !important; animation: none !important; }";
  document.head.append(still);

  // Forced colours replace those that axe-core reads, so there is no contrast to measure.
  const isForced = matchMedia("(forced-colors: active)").matches;
  const axeOptions = {
    runOnly: rules,
    resultTypes: ["violations"],
    // It would load each style sheet again, for the one rule about sounds that start by themselves.
    preload: false,
    rules: { "color-contrast": { enabled: !isForced } },
  };
  const { violations } = await axe.run(scope === "html" ? document : root, axeOptions);
  for (const { id, nodes } of violations) {
    for (const { target, any, all } of nodes) {
      const why = [...any, ...all].map((check) => check.message).join(" ").slice(0, 160);
      faults.push(`axe ${id}: ${target} ${why}`);
    }
  }

  for (const element of root.querySelectorAll("audio[autoplay], video[autoplay]:not([muted])")) {
    fault("starts to play by itself", element);
  }

  // Nothing is wider than the window, spills out of its button, or is cut off without an ellipsis.
  const wide = document.documentElement;
  const scrolls = (element) => {
    for (let each = element; each && each !== wide; each = each.parentElement) {
      if (/auto|scroll|hidden|clip/.test(getComputedStyle(each).overflowX) && each !== document.body) return true;
    }
    return false;
  };
  const tooWide = wide.scrollWidth > wide.clientWidth;
  if (tooWide) faults.push(`scrolls sideways: ${wide.scrollWidth} px in ${wide.clientWidth} px`);
  for (const element of root.querySelectorAll("*")) {
    if (element.closest("svg, canvas, .leaflet-container, .visually-hidden") || !shown(element)) continue;
    const style = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    if (box.right > innerWidth + 1 && box.width && !scrolls(element.parentElement) && style.position !== "fixed")
      fault("beyond the window", element);
    const spills = element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 1;
    const hides = /hidden|clip/.test(style.overflowX) && style.textOverflow !== "ellipsis";
    if (spills && (hides || element.matches(".btn, .state")) && !element.matches("select, input"))
      fault("cut off", element);
  }

  const interactive = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex], [hx-get], [hx-post]";
  // What only receives the focus from a script, and links that repeat the one beside them.
  const FOCUSED_BY_SCRIPT = "main, .offcanvas, article[tabindex='-1'], .lane-picture a";
  const isControl = (element) =>
    element.matches("a, button, input, select, textarea, summary, [tabindex]") ||
    (/click/.test(element.getAttribute("hx-trigger") || "click") && !element.matches("form"));
  const controls = [...root.querySelectorAll(interactive)].filter(
    (element) => isControl(element) && !element.disabled && shown(element) && !element.matches(FOCUSED_BY_SCRIPT),
  );
  const look = (element) => {
    const { outlineStyle, outlineWidth, outlineColor, boxShadow, borderColor, backgroundColor } = getComputedStyle(element);
    return [outlineStyle, outlineWidth, outlineColor, boxShadow, borderColor, backgroundColor].join();
  };
  const around = (element) => [element, element.closest("label"), element.parentElement].filter(Boolean);
  for (const element of controls) {
    if (element.tabIndex < 0) {
      fault("not reachable by Tab", element);
      continue;
    }
    if (document.activeElement === element) element.blur();
    const before = around(element).map(look);
    element.focus({ preventScroll: true });
    if (document.activeElement !== element) fault("takes no focus", element);
    else if (around(element).map(look).join() === before.join()) fault("shows no focus", element);
  }
  document.activeElement?.blur();

  // WCAG 2.5.5 exempts links within a line of text.
  const target = (element) => {
    const label = element.matches("[type=checkbox], [type=radio]") && (element.closest("label") || element.labels?.[0]);
    return (label || element).getBoundingClientRect();
  };
  if (matchMedia("(pointer: coarse)").matches) {
    for (const element of controls) {
      if (element.matches("a") && getComputedStyle(element).display === "inline") continue;
      const { width, height } = target(element);
      if (Math.min(width, height) < 43.5) fault(`${Math.round(width)} × ${Math.round(height)} px to touch`, element);
    }
  }

  // Backgrounds are gone there, except where the page asks to keep one.
  if (isForced) {
    for (const current of root.querySelectorAll("[aria-current]")) {
      const { forcedColorAdjust, borderStyle } = getComputedStyle(current);
      if (shown(current) && forcedColorAdjust !== "none" && borderStyle === "none")
        fault("current, but looks like the others", current);
    }
  }
  still.remove();
  return faults;
}
