/**
 * Shows what the box sends while no page is open, and leads back to it. It answers no request and
 * keeps no file: the app is always the one that the box serves now.
 */
const ICON = "/icon-192.png";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

/** What the box sent; a browser may demand that something is shown, whatever came. */
function words(data) {
  try {
    const { channel, path, title, body } = data.json();
    if (typeof title === "string" && typeof path === "string") return { channel, path, title, body };
  } catch {
    // Not from this box, or from another version of it.
  }
  return { channel: "unknown", path: "/", title: "Hearth", body: undefined };
}

self.addEventListener("push", (event) => {
  const { channel, path, title, body } = words(event.data);
  const wrote = self.navigator.language.startsWith("zh") ? "发来一条消息" : "Wrote a message";
  const shown = self.registration.showNotification(title, {
    body: body ?? wrote,
    data: { path },
    icon: ICON,
    tag: `hearth:${channel}`,
    renotify: true,
  });
  event.waitUntil(shown);
});

/** A path of this app and nothing else: what was sent can't lead away. */
function own(path) {
  const url = new URL(typeof path === "string" ? path : "/", self.location.origin);
  return url.origin === self.location.origin ? url.pathname : "/";
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(own(event.notification.data?.path)));
});

async function open(path) {
  const pages = await self.clients.matchAll({ type: "window" });
  const page = pages.find(({ focused }) => focused) ?? pages[0];
  if (!page) return self.clients.openWindow(path);
  page.postMessage({ t: "open", path });
  return page.focus();
}
