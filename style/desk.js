// The desk works without this. It spares looks and hands: pages that say so keep themselves up to date, what is pasted finds its
// field, what has to be copied is copied.
"use strict";
(() => {
  const EVERY = 10_000;
  const PATIENCE = 8_000;
  const FIELDS = "input:not([type=hidden]), select, textarea, [contenteditable]";
  const words = document.body.dataset;
  const status = document.querySelector("[data-status]");

  // A status that says the same once more is heard once more.
  const say = (text, link) => {
    if (!status) return;
    const line = document.createElement("p");
    line.textContent = text;
    if (link) {
      const again = document.createElement("a");
      again.href = location.href;
      again.textContent = link;
      line.append(" ", again);
    }
    status.replaceChildren(line);
  };

  // Buttons that only work with a script are hidden without one; a text that is there to be copied gets its button here.
  const enliven = (part) => {
    for (const it of part.querySelectorAll("[data-copy], [data-print]")) it.hidden = false;
    for (const text of part.querySelectorAll('[id][data-copy=""]')) {
      const button = document.createElement("button");
      Object.assign(button, { type: "button", className: "d-button", textContent: words.copying });
      button.dataset.copy = text.id;
      button.id = `copy-${text.id}`;
      text.after(button);
    }
  };

  // ---- copying, printing, pasting ----

  const copy = async (from) => {
    try {
      await navigator.clipboard.writeText(from.value ?? from.textContent);
      say(words.copied);
    } catch {
      // Not allowed, or no secure address: selected, it is one keystroke away.
      if (from.select) from.select();
      else getSelection().selectAllChildren(from);
      say(words.selected);
    }
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-copy], button[data-print]");
    if (!button) return;
    if ("print" in button.dataset) return print();
    const from = document.getElementById(button.dataset.copy);
    if (from) copy(from);
  });

  document.addEventListener("paste", (event) => {
    const field = document.querySelector("[data-paste]");
    const text = event.clipboardData?.getData("text");
    // A box that is ticked takes no text: the officer ticks, pastes, sends.
    const isWriting = document.activeElement?.matches(FIELDS) && !document.activeElement.matches("[type=checkbox], [type=radio]");
    if (!field || !text || field.disabled || isWriting) return;
    event.preventDefault();
    field.focus();
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });

  // ---- keeping up to date ----

  // What the server sent for each part, before anything here changed it.
  const parts = () => [...document.querySelectorAll("[data-part]")];
  const sent = new Map(parts().map((it) => [it.id, it.innerHTML]));
  // Fields that somebody has changed.
  const edited = new Set();
  document.addEventListener("input", (event) => edited.add(event.target));
  const isWrittenOn = () => [...edited].some((it) => it.isConnected);

  // What is worth telling: not the minutes that pass.
  const gist = (html) => {
    const part = document.createElement("template");
    part.innerHTML = html;
    for (const it of part.content.querySelectorAll("[data-quiet]")) it.remove();
    return part.content.textContent.replace(/\s+/g, " ");
  };

  const isInWork = (part) =>
    [...edited].some((it) => part.contains(it)) ||
    (part.contains(document.activeElement) && document.activeElement.matches(FIELDS));

  const nameOf = (it) => it.id || it.getAttribute("href");

  const replace = (part, html) => {
    const open = [...part.querySelectorAll("details[open][id]")].map((it) => it.id);
    const focused = part.contains(document.activeElement) ? nameOf(document.activeElement) : null;
    part.innerHTML = html;
    enliven(part);
    for (const it of part.querySelectorAll("details[id]")) it.open ||= open.includes(it.id);
    if (!focused) return;
    const again = [...part.querySelectorAll("[id], [href]")].find((it) => nameOf(it) === focused);
    if (again) return again.focus();
    // What had the focus has gone: its place is the nearest thing.
    part.tabIndex = -1;
    part.focus();
  };

  // Of what is kept back for somebody who writes, she is told once.
  const keptBack = new Map();

  const draw = (fresh) => {
    let told = false;
    let kept = false;
    let later = false;
    for (const part of parts()) {
      const html = fresh.getElementById(part.id)?.innerHTML;
      if (html === undefined || html === sent.get(part.id)) continue;
      const news = gist(html) !== gist(sent.get(part.id) ?? "");
      if (isInWork(part)) {
        kept ||= news && keptBack.get(part.id) !== html;
        keptBack.set(part.id, html);
        later = true;
        continue;
      }
      sent.set(part.id, html);
      replace(part, html);
      told ||= news && !part.hasAttribute("data-quiet");
    }
    if (kept) say(words.stale, words.reload);
    else if (told) say(words.live);
    return later;
  };

  // Nobody is signed in any more: the page says so, in `desk_session.js`.
  const ended = () => document.dispatchEvent(new Event("desk-ended"));

  // There is another page at this address now. Nobody who writes is taken away from what she writes.
  let stays = false;
  const leaves = () => {
    if (!isWrittenOn()) return location.reload();
    if (!stays) say(words.stale, words.reload);
    stays = true;
  };

  let tag = null;
  let looking = false;
  const look = async () => {
    // Nor while the page waits for the password.
    if (document.hidden || looking || document.querySelector(".d-lock")) return;
    looking = true;
    try {
      // `Desk-Live`: no person asks, so the session goes on ageing.
      const headers = { "Desk-Live": "1" };
      if (tag) headers["If-None-Match"] = tag;
      const answer = await fetch(location.href, { headers, cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
      if (answer.status === 401) return ended();
      if (!answer.ok) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      // The first page is the sign-in page without a word of it; and another one's page is not put into hers.
      if (fresh.body.dataset.person !== words.person) return ended();
      if (!("live" in fresh.body.dataset)) return leaves();
      // What was kept back is looked at again.
      tag = draw(fresh) ? null : answer.headers.get("ETag");
    } catch {
      // No line for a moment: the next look tells.
    } finally {
      looking = false;
    }
  };

  enliven(document);
  // What was wrong is where the eyes should be.
  document.querySelector("[data-focus]")?.focus();
  if (!("live" in words)) return;
  setInterval(look, EVERY);
  document.addEventListener("visibilitychange", look);
})();
