// Nobody's session ends unawares, and nothing that is being written is lost by it. The desk works without this: a form that is sent
// too late is kept by the server.
"use strict";
(() => {
  const PATIENCE = 8_000;
  const MINUTE = 60_000;
  const AGAIN = 10_000;
  const FIELDS = "input:not([type=hidden]), select, textarea, [contenteditable]";
  const { person } = document.body.dataset;
  const template = document.querySelector("template[data-session]");
  const notice = document.querySelector("[data-session-notice]");
  if (!person || !template || !notice) return;
  const words = template.dataset;

  // By this device's clock; the server alone knows.
  let ends = Infinity;
  let idle = 15 * MINUTE;
  // Whether acting puts the end off: the longest session ends all the same.
  let extends_ = true;
  // When the server was last told that somebody is there, and last asked.
  let told = Date.now();
  let asked = 0;
  let asking = false;
  // What had the focus when the warning came.
  let warned = null;
  // What was hidden, and how the page was, when the session ended.
  let locked = null;

  const warning = () => Math.min(MINUTE, idle / 2);
  const pace = () => Math.min(MINUTE, idle / 4);

  // Whether her session lives; and what has to be shown to open it again.
  let wantsAll = false;
  const ask = async (method) => {
    asked = Date.now();
    // `Desk-Live`: nobody acts, so the session goes on ageing.
    const headers = method === "GET" ? { "Desk-Live": "1" } : {};
    const answer = await fetch("/desk/present", { method, headers, cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
    if (answer.status === 401) {
      wantsAll = (await answer.text()).includes('name="login"');
      return false;
    }
    if (!answer.ok) throw new Error(answer.status);
    const now = await answer.json();
    // Another one has signed in in this browser: the page stays hers who wrote on it.
    wantsAll = now.person !== person;
    if (wantsAll) return false;
    idle = now.idle_milliseconds;
    extends_ = now.extends;
    ends = asked + now.milliseconds;
    return true;
  };

  // ---- before it ends ----

  const warn = () => {
    if (warned) return;
    const seconds = Math.max(1, Math.round((ends - Date.now()) / 1000));
    const line = document.createElement("p");
    line.textContent = (extends_ ? words.warning : words.last).replace("{seconds}", seconds);
    notice.replaceChildren(line);
    warned = { before: document.activeElement };
    if (!extends_) return;
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "d-button", textContent: words.go });
    button.dataset.kind = "main";
    button.addEventListener("click", putOff);
    notice.append(button);
    // Whoever is in a field stays there: any key will do.
    if (!document.activeElement?.matches(FIELDS)) button.focus();
  };

  const calm = () => {
    if (!warned) return;
    const { before } = warned;
    const here = notice.contains(document.activeElement);
    warned = null;
    notice.replaceChildren();
    if (here && before?.isConnected) before.focus();
  };

  const putOff = async () => {
    if (asking || !extends_) return;
    asking = true;
    told = Date.now();
    try {
      if (await ask("POST")) calm();
      else lock();
    } catch {
      // No line: the next press tells.
      told = 0;
    } finally {
      asking = false;
    }
  };

  // Typing, and pressing, is being there: told once a minute, and only while it happens.
  const acts = (event) => {
    if (!event.isTrusted || locked) return;
    if (warned || pace() <= Date.now() - told) putOff();
  };
  for (const it of ["keydown", "input", "pointerdown"]) document.addEventListener(it, acts, { capture: true, passive: true });

  // Another tab may have gone on meanwhile: the server is asked before anything is said.
  const look = async () => {
    const left = ends - Date.now();
    if (asking || document.hidden && 0 < left) return;
    if (locked) return opened();
    if (warning() < left) return calm();
    if (0 < left && warned && Date.now() - asked < AGAIN) return;
    asking = true;
    try {
      if (!(await ask("GET"))) lock();
      else if (ends - Date.now() <= warning()) warn();
      else calm();
    } catch {
      // Without a line nobody knows better: at its time the page is put away.
      if (left <= 0) lock();
    } finally {
      asking = false;
    }
  };

  // ---- after it has ended ----

  const lock = () => {
    if (locked) return;
    calm();
    const parts = [...document.body.children].filter((it) => !it.hidden);
    locked = { parts, focused: document.activeElement, title: document.title, panel: template.content.firstElementChild.cloneNode(true) };
    // What stands here is not for whoever comes by.
    for (const it of parts) it.hidden = true;
    document.title = words.ended;
    document.body.append(locked.panel);
    locked.panel.querySelector("form").addEventListener("submit", unlock);
    if (wantsAll) askAll();
    locked.panel.querySelector("input:not([type=hidden]):not(:disabled)").focus();
  };

  // The password alone does not open it any more.
  const askAll = () => {
    const form = locked.panel.querySelector("form");
    form.action = "/desk/sign-in";
    for (const it of form.querySelectorAll("[data-all]")) {
      it.hidden = false;
      it.querySelector("input").disabled = false;
    }
  };

  // In another tab she may have opened it already.
  const opened = async () => {
    if (Date.now() - asked < AGAIN || document.hidden) return;
    try {
      if (await ask("GET")) open();
    } catch {
      // No line: the next look tells.
    }
  };

  const open = () => {
    if (!locked) return;
    const { parts, focused, title, panel } = locked;
    locked = null;
    told = Date.now();
    panel.remove();
    for (const it of parts) it.hidden = false;
    document.title = title;
    if (focused?.isConnected && focused !== document.body) focused.focus();
    else document.querySelector("main")?.focus();
    const line = document.createElement("p");
    line.textContent = words.open;
    document.querySelector("[data-status]")?.replaceChildren(line);
  };

  const unlock = async (event) => {
    event.preventDefault();
    if (asking) return;
    asking = true;
    const form = event.target;
    const fault = locked.panel.querySelector("[data-fault]");
    fault.replaceChildren();
    let why = words.offline;
    try {
      const body = new URLSearchParams(new FormData(form));
      const answer = await fetch(form.action, { method: "POST", body, redirect: "manual", cache: "no-store", signal: AbortSignal.timeout(2 * PATIENCE) });
      if (answer.type === "opaqueredirect") {
        if (await ask("GET")) return open();
      } else {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        if (page.querySelector("[name=login]")) askAll();
        why = page.querySelector(".d-faults li")?.textContent ?? words.all;
      }
    } catch {
      // The words for it are chosen already.
    } finally {
      asking = false;
    }
    const line = document.createElement("p");
    line.className = "d-field__fault";
    line.textContent = why;
    fault.append(line);
    const password = form.querySelector("[name=password]");
    password.value = "";
    password.focus();
  };

  // A page that keeps itself up to date was told that nobody is signed in.
  document.addEventListener("desk-ended", async () => {
    if (locked || asking) return;
    asking = true;
    try {
      if (!(await ask("GET"))) lock();
    } catch {
      // No line: the next look tells.
    } finally {
      asking = false;
    }
  });

  setInterval(look, 1_000);
  document.addEventListener("visibilitychange", look);
  addEventListener("pageshow", look);
  ask("GET").then((there) => there || lock()).catch(() => {
    ends = Date.now() + idle;
  });
})();
