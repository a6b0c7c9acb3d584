// The desk works without this. It spares a look at the clock: pages that say so keep themselves up to date.
"use strict";
(() => {
  const EVERY = 10_000;
  const status = document.querySelector("[data-status]");

  // What was wrong is where the eyes should be.
  document.querySelector("[data-focus]")?.focus();

  if (!("live" in document.body.dataset)) return;

  let tag = null;
  let touched = false;
  document.addEventListener("input", () => (touched = true));

  // Only the parts that are marked are drawn anew, and only where something in them is different: focus and scrolling stay.
  const draw = (fresh) => {
    let changed = false;
    for (const part of document.querySelectorAll("[data-part]")) {
      const other = fresh.getElementById(part.id);
      if (!other || other.innerHTML === part.innerHTML) continue;
      const focused = part.contains(document.activeElement) ? document.activeElement.id || document.activeElement.getAttribute("href") : null;
      part.innerHTML = other.innerHTML;
      if (focused) [...part.querySelectorAll("[id], [href]")].find((it) => it.id === focused || it.getAttribute("href") === focused)?.focus();
      changed = changed || !part.hasAttribute("data-quiet");
    }
    if (changed && status) status.textContent = document.body.dataset.live || status.dataset.live || "";
  };

  const look = async () => {
    if (document.hidden || touched) return;
    const headers = { "Desk-Live": "1" };
    if (tag) headers["If-None-Match"] = tag;
    try {
      const answer = await fetch(location.href, { headers, signal: AbortSignal.timeout(8000) });
      if (answer.status === 401) location.reload();
      if (!answer.ok) return;
      tag = answer.headers.get("ETag");
      draw(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      // No line for a moment: the next look tells.
    }
  };
  setInterval(look, EVERY);
  document.addEventListener("visibilitychange", look);
})();
