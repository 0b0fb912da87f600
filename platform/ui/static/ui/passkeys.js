// Passkeys: <button data-passkey="address" data-passkey-kind="create|get" data-text-failed="…">.
// The address sends the options of WebAuthn, takes the browser's answer, and says where to go next.
(function () {
  "use strict";
  const supported = window.PublicKeyCredential && PublicKeyCredential.parseRequestOptionsFromJSON;
  const token = () => JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];

  async function answer(kind, options) {
    if (kind === "create") {
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options.publicKey);
      return (await navigator.credentials.create({ publicKey })).toJSON();
    }
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options.publicKey);
    return (await navigator.credentials.get({ publicKey })).toJSON();
  }

  function show(button, text) {
    const place = document.getElementById("passkey-problem");
    place.textContent = text || button.dataset.textFailed;
    place.hidden = false;
  }

  async function use(button) {
    const options = await (await fetch(button.dataset.passkey)).json();
    const field = document.getElementById("passkey-name");
    const extra = { next: button.dataset.next || "", name: field ? field.value : "" };
    const made = await answer(button.dataset.passkeyKind, options);
    const response = await fetch(button.dataset.passkey, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": token() },
      body: JSON.stringify({ ...made, ...extra }),
    });
    const result = await response.json();
    if (response.ok) location.assign(result.next);
    else show(button, result.error);
  }

  for (const button of document.querySelectorAll("[data-passkey]")) {
    button.hidden = !supported;
    button.addEventListener("click", () => {
      button.disabled = true;
      use(button).catch(() => show(button)).finally(() => { button.disabled = false; });
    });
  }
})();
