// Proposals for a new site: its web address from its name, and the time zone of the browser.
document.addEventListener("DOMContentLoaded", () => {
  "use strict";
  const form = document.querySelector("form[data-proposes]");
  if (!form) return;
  const { name, slug, timezone } = form.elements;
  let proposed = slug.value;
  name.addEventListener("input", () => {
    if (slug.value !== proposed) return;  // entered by hand
    const letters = name.value.normalize("NFKD").toLowerCase();
    proposed = letters.replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, slug.maxLength);
    slug.value = proposed;
  });
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone.includes("/") && [...timezone.options].some((each) => each.value === zone)) timezone.value = zone;
});
