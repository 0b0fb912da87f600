// Light or dark theme: the choice of the user, or else of this browser, or else of the system.
// Runs before the first paint.
(function () {
  "use strict";
  const key = "gatehouse-theme";
  const root = document.documentElement;
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const remembered = () => { try { return localStorage.getItem(key); } catch { return null; } };
  function remember(theme) {
    try {
      if (theme) localStorage.setItem(key, theme); else localStorage.removeItem(key);
    } catch { /* private mode: lasts for this page only */ }
  }
  // data-theme is the choice in the profile of who is signed in: light, dark or system. The pages
  // before the sign-in follow it, too.
  if (root.dataset.theme) remember(root.dataset.theme === "system" ? "" : root.dataset.theme);
  const apply = () => {
    root.dataset.bsTheme = remembered() || root.dataset.chosen || (system.matches ? "dark" : "light");
    document.dispatchEvent(new CustomEvent("themechange"));
  };
  if (root.dataset.theme && root.dataset.theme !== "system") root.dataset.chosen = root.dataset.theme;
  apply();
  system.addEventListener("change", apply);
  document.addEventListener("click", (event) => {
    const toggle = event.target.closest("[data-theme-toggle]");
    if (!toggle) return;
    const next = root.dataset.bsTheme === "dark" ? "light" : "dark";
    root.dataset.chosen = next;
    remember(next);
    apply();
    const address = toggle.dataset.themeToggle;
    if (!address) return;
    const headers = JSON.parse(document.body.getAttribute("hx-headers"));
    fetch(address, { method: "POST", headers, body: new URLSearchParams({ theme: next }), keepalive: true });
  });
})();
