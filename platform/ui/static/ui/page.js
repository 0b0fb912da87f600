// Behaviour of every page: notices, dialogs, relative times, keyboard.
(function () {
  "use strict";
  const notices = () => document.getElementById("notices");

  function notify(text, kind) {
    const line = document.createElement("p");
    line.className = `notice notice-${kind || "info"}`;
    line.textContent = text;
    notices().append(line);
    // A warning is shown for longer; a click removes any notice.
    setTimeout(() => line.remove(), kind === "warning" ? 60000 : 8000);
    return line;
  }

  document.addEventListener("click", (event) => {
    const line = event.target.closest(".notice");
    if (line) line.remove();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
  });
  // On a narrow screen a bar of pages scrolls: the one that is shown must be seen in it.
  document.addEventListener("DOMContentLoaded", () => {
    for (const here of document.querySelectorAll(".segments [aria-current]")) {
      const bar = here.closest(".segments");
      const past = here.getBoundingClientRect().right - bar.getBoundingClientRect().right;
      if (past > 0) bar.scrollLeft += past + 12;
    }
  });
  // The server sends notices in an HX-Trigger header: {"notice": {"text": …}}.
  document.addEventListener("notice", (event) => notify(event.detail.text, event.detail.kind));
  // An answer whose element a live reload removed meanwhile: htmx would tell it to nobody.
  function tellPage(xhr) {
    const events = JSON.parse(xhr.getResponseHeader("HX-Trigger") || "{}");
    for (const [name, detail] of Object.entries(events)) {
      document.body.dispatchEvent(new CustomEvent(name, { detail, bubbles: true }));
    }
    if (xhr.status >= 400 && !events.notice) notify(document.body.dataset.textFailed, "error");
  }
  document.addEventListener("htmx:beforeSend", ({ detail: { elt, xhr } }) => {
    // This comes before htmx itself handles the answer, and removes elements.
    xhr.addEventListener("readystatechange", () => {
      if (xhr.readyState !== XMLHttpRequest.DONE || elt.isConnected) return;
      stopWaiting(elt);
      tellPage(xhr);
    });
  });
  document.addEventListener("htmx:responseError", (event) => {
    const text = event.detail.xhr.status === 403 ? "textForbidden" : "textFailed";
    notify(document.body.dataset[text], "error");
  });
  document.addEventListener("htmx:sendError", () => notify(document.body.dataset.textFailed, "error"));
  document.addEventListener("htmx:timeout", () => notify(document.body.dataset.textTimeout, "error"));

  // What a person started is shown as busy at once, and said to be slow after some seconds.
  const SLOW_MS = 8000;
  const waiting = new Map();
  const starters = "button, a, form, input[type=search]";
  function startWaiting(element) {
    const button = element.matches("form") ? element.querySelector("button.send") || element : element;
    const started = { button, warning: null };
    started.timer = setTimeout(() => {
      if (element.isConnected) started.warning = notify(document.body.dataset.textSlow, "warning");
    }, SLOW_MS);
    button.setAttribute("aria-busy", "true");
    waiting.set(element, started);
  }
  function stopWaiting(element) {
    const { button, timer, warning } = waiting.get(element) || {};
    if (!button) return;
    clearTimeout(timer);
    if (warning) warning.remove();
    button.removeAttribute("aria-busy");
    waiting.delete(element);
  }
  document.addEventListener("htmx:beforeRequest", (event) => {
    const element = event.detail.elt;
    if (element.matches(starters) && !waiting.has(element)) startWaiting(element);
  });
  document.addEventListener("htmx:afterRequest", (event) => stopWaiting(event.detail.elt));
  // A whole page that is posted: one click is enough.
  document.addEventListener("submit", (event) => {
    const form = event.target, button = event.submitter;
    if (event.defaultPrevented || form.hasAttribute("hx-post") || form.method !== "post" || !button) return;
    if (waiting.has(button)) event.preventDefault();
    else startWaiting(button);
  });
  // The browser may show a page again as it was left.
  window.addEventListener("pageshow", () => [...waiting.keys()].forEach(stopWaiting));

  // Badges of the navigation: {"badges": {"held": 2}}.
  document.addEventListener("badges", (event) => {
    for (const badge of document.querySelectorAll("[data-badge]")) {
      const number = event.detail[badge.dataset.badge] || 0;
      badge.hidden = !number;
      badge.querySelector("b").textContent = number;
    }
  });
  // <button data-dialog="id"> opens a dialog, <button data-close> inside it closes it.
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    if (opener) document.getElementById(opener.dataset.dialog).showModal();
    const closer = event.target.closest("[data-close]");
    if (closer) closer.closest("dialog").close();
    if (event.target instanceof HTMLDialogElement) event.target.close();
  });
  document.addEventListener("closedialogs", () => {
    for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
  });
  // A form that is swapped into #sheet-in opens as a dialog, with the focus in its first field.
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "sheet-in") return;
    const sheet = document.getElementById("sheet");
    if (!sheet.open) sheet.showModal();
    const wrong = sheet.querySelector(".field-wrong input, .field-wrong select, .field-wrong textarea");
    const first = wrong || sheet.querySelector("input:not([type=hidden]), select, textarea, button.send");
    if (first) { first.focus(); if (first.select) first.select(); }
  });
  // What a dialog has shown may be secret, such as a PIN: nothing of it stays in the page.
  document.addEventListener("close", (event) => {
    if (event.target.id === "sheet" && !event.target.open) {
      document.getElementById("sheet-in").replaceChildren();
    }
  }, true);
  // A suggestion fills a field: <button data-fill="#field" data-text="…">.
  document.addEventListener("click", (event) => {
    const filler = event.target.closest("[data-fill]");
    if (!filler) return;
    const field = filler.closest("form").querySelector(filler.dataset.fill);
    field.value = filler.dataset.text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
  // navigator.clipboard needs a secure context; without TLS, execCommand is the fallback.
  async function copied(text, beside) {
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    const field = document.createElement("textarea");
    field.className = "visually-hidden";
    field.value = text;
    beside.after(field);
    field.select();
    document.execCommand("copy");
    field.remove();
    beside.focus();
  }
  document.addEventListener("click", async (event) => {
    const copier = event.target.closest("[data-copy]");
    if (!copier) return;
    await copied(copier.dataset.copy, copier);
    if (!copier.dataset.copied || copier.disabled) return;
    const before = copier.textContent;
    copier.textContent = copier.dataset.copied;
    copier.disabled = true;
    setTimeout(() => {
      copier.textContent = before;
      copier.disabled = false;
    }, 1500);
  });
  // The value of a field is saved as a file: <button data-save="name.csv" data-from="#field">.
  document.addEventListener("click", (event) => {
    const saver = event.target.closest("[data-save]");
    if (!saver) return;
    const text = document.querySelector(saver.dataset.from).value;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv" }));
    link.download = saver.dataset.save;
    link.click();
    URL.revokeObjectURL(link.href);
  });

  // A table that is wider than the screen can be scrolled with the keyboard, too.
  const FOCUSABLE = "a[href], button, input, select, textarea, [tabindex]";
  function letTablesScroll() {
    for (const wrap of document.querySelectorAll(".table-wrap:not([role])")) {
      if (wrap.scrollWidth <= wrap.clientWidth || wrap.querySelector(FOCUSABLE)) continue;
      const part = wrap.closest("section, dialog");
      const heading = (part && part.querySelector("h2, h3")) || document.querySelector("h1");
      wrap.tabIndex = 0;
      wrap.setAttribute("role", "region");
      if (heading) wrap.setAttribute("aria-label", heading.textContent.trim());
    }
  }
  for (const event of ["load", "resize"]) window.addEventListener(event, letTablesScroll);
  document.addEventListener("htmx:afterSwap", letTablesScroll);

  const form = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "always", style: "short" });
  function ago(element) {
    const seconds = Math.max(0, Math.round((Date.now() - Date.parse(element.dateTime)) / 1000));
    if (seconds < 60) return form.format(-seconds, "second");
    if (seconds < 3600) return form.format(-Math.floor(seconds / 60), "minute");
    if (seconds < 86400) return form.format(-Math.floor(seconds / 3600), "hour");
    return form.format(-Math.floor(seconds / 86400), "day");
  }
  function count() {
    for (const element of document.querySelectorAll("time[data-ago]")) element.textContent = ago(element);
  }
  setInterval(count, 5000);
  document.addEventListener("DOMContentLoaded", count);
  document.addEventListener("htmx:afterSwap", count);
  document.addEventListener("times-changed", count);

  // "?" opens the help of the page, "/" moves the focus to its search box; a page's own keys click.
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const opener = { "?": "[data-help]", n: "[data-bell]" }[event.key];
    const own = `[data-page-key="${CSS.escape(event.key)}"]`;
    const button = document.querySelector(opener || own);
    if (button && !document.querySelector("dialog[open]")) button.click();
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey) return;
    const search = document.querySelector("[data-search]");
    if (search) { event.preventDefault(); search.focus(); }
  });
})();
