// Push messages: <button data-push="address" data-push-key="the installation's public key">.
// The address takes the browser's subscription.
(function () {
  "use strict";
  const button = document.querySelector("[data-push]");
  const place = document.getElementById("push-problem");
  if (!button) return;
  const token = () => JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
  const supported = "serviceWorker" in navigator && "PushManager" in window && window.isSecureContext;

  function show(text) {
    place.textContent = text;
    place.hidden = false;
  }
  function bytes(text) {
    const base64 = (text + "=".repeat((4 - (text.length % 4)) % 4)).replaceAll("-", "+").replaceAll("_", "/");
    return Uint8Array.from(atob(base64), (each) => each.charCodeAt(0));
  }
  async function subscribe() {
    if (await Notification.requestPermission() !== "granted") return show(button.dataset.textDenied);
    const worker = await navigator.serviceWorker.register("/service-worker.js");
    await navigator.serviceWorker.ready;
    const earlier = await worker.pushManager.getSubscription();
    // One of another installation's key can't be used with this one's.
    if (earlier) await earlier.unsubscribe();
    const key = bytes(button.dataset.pushKey);
    const made = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
    const response = await fetch(button.dataset.push, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": token() },
      body: JSON.stringify(made),
    });
    if (response.ok) return location.reload();
    show((await response.json()).error);
  }

  // Safari on iPhones and iPads offers push messages to pages on the home screen alone.
  const isApple = /iPhone|iPad/.test(navigator.userAgent)
    || (/Macintosh/.test(navigator.userAgent) && navigator.maxTouchPoints > 1);
  const isOnHomeScreen = window.matchMedia("(display-mode: standalone)").matches;
  if (!supported && isApple && !isOnHomeScreen) { show(button.dataset.textHomeScreen); return; }
  if (!supported) { show(button.dataset.textUnsupported); return; }
  button.hidden = false;
  button.addEventListener("click", () => {
    button.disabled = true;
    subscribe().catch(() => show(button.dataset.textFailed)).finally(() => { button.disabled = false; });
  });
})();
