// Proposals for a new site: its web address from its name, and the time zone of the browser.
document.addEventListener("DOMContentLoaded", () => {
  "use strict";
  const form = document.querySelector("form[data-proposes]");
  if (!form) return;
  const { name, slug, timezone } = form.elements;
  function proposal() {
    const letters = name.value.normalize("NFKD").toLowerCase();
    return letters.replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, slug.maxLength);
  }
  let proposed = slug.value && proposal();
  function propose() {
    if (slug.value !== proposed) return;  // entered by hand
    proposed = proposal();
    slug.value = proposed;
  }
  name.addEventListener("input", propose);
  propose();  // a name may have been entered while the page was still loading
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone.includes("/") && [...timezone.options].some((each) => each.value === zone)) timezone.value = zone;
});
