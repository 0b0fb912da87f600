// Shows push messages. Their text says that something waits, and nothing of what it is.
"use strict";
const PAGE = "/notifications/";

self.addEventListener("push", (event) => {
  const { title, text } = event.data ? event.data.json() : {};
  const shown = { body: text || "", icon: "/static/ui/icon-192.png", tag: "gatehouse", renotify: true };
  event.waitUntil(self.registration.showNotification(title || "Gatehouse", shown));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil((async () => {
    const open = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
    const page = open.find((each) => new URL(each.url).pathname === PAGE);
    if (page) return page.focus();
    return self.clients.openWindow(PAGE);
  })());
});
