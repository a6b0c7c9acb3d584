// Nobody's session ends unawares, and nothing that is being written is lost by it. The desk works without this: a form that is sent
// too late is kept by the server.
'use strict';
(() => {
  const PATIENCE = 8_000;
  const MINUTE = 60_000;
  const AGAIN = 10_000;
  const FIELDS = 'input:not([type=hidden]), select, textarea, [contenteditable]';
  const { person } = document.body.dataset;
  /** @type {HTMLTemplateElement | null} */
  const template = document.querySelector('template[data-session]');
  const notice = document.querySelector('[data-session-notice]');
  const panelOfPage = template?.content.firstElementChild;
  if (!person || !template || !notice || !(panelOfPage instanceof HTMLElement)) return;
  /**
   * A word of the page's.
   * @param {string} name
   */
  const word = (name) => template.dataset[name] ?? '';

  /**
   * What the page surely has.
   * @param {ParentNode} part
   * @param {string} css
   * @returns {HTMLElement}
   */
  const one = (part, css) => {
    /** @type {HTMLElement | null} */
    const found = part.querySelector(css);
    if (!found) throw new Error(css);
    return found;
  };
  /**
   * @param {ParentNode} part
   * @param {string} css
   * @returns {HTMLInputElement}
   */
  const field = (part, css) => {
    const found = one(part, css);
    if (!(found instanceof HTMLInputElement)) throw new Error(css);
    return found;
  };

  // By this device's clock; the server alone knows.
  let ends = Infinity;
  let idle = 15 * MINUTE;
  // Whether acting puts the end off: the longest session ends all the same.
  let extends_ = true;
  // When the server was last told that somebody is there, and last asked.
  let told = Date.now();
  let asked = 0;
  let asking = false;
  /**
   * What had the focus when the warning came.
   * @type {{ before: Element | null } | null}
   */
  let warned = null;
  /**
   * What was hidden, and how the page was, when the session ended.
   * @type {{ parts: HTMLElement[], focused: Element | null, title: string, panel: HTMLElement } | null}
   */
  let locked = null;

  const warning = () => Math.min(MINUTE, idle / 2);
  const pace = () => Math.min(MINUTE, idle / 4);

  // Whether her session lives; and what has to be shown to open it again.
  let wantsAll = false;
  /** @param {"GET" | "POST"} method */
  const ask = async (method) => {
    asked = Date.now();
    const headers = new Headers();
    // `Desk-Live`: nobody acts, so the session goes on ageing.
    if (method === 'GET') headers.set('Desk-Live', '1');
    const answer = await fetch('/desk/present', { method, headers, cache: 'no-store', signal: AbortSignal.timeout(PATIENCE) });
    if (answer.status === 401) {
      wantsAll = (await answer.text()).includes('name="login"');
      return false;
    }
    if (!answer.ok) throw new Error(`${answer.status}`);
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
    const line = document.createElement('p');
    line.textContent = word(extends_ ? 'warning' : 'last').replace('{seconds}', `${seconds}`);
    notice.replaceChildren(line);
    warned = { before: document.activeElement };
    if (!extends_) return;
    const button = document.createElement('button');
    Object.assign(button, { type: 'button', className: 'd-button', textContent: word('go') });
    button.dataset.kind = 'main';
    button.addEventListener('click', putOff);
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
    if (here && before instanceof HTMLElement && before.isConnected) before.focus();
  };

  const putOff = async () => {
    if (asking || !extends_) return;
    asking = true;
    told = Date.now();
    try {
      if (await ask('POST')) calm();
      else lock();
    } catch {
      // No line: the next press tells.
      told = 0;
    } finally {
      asking = false;
    }
  };

  // Typing, and pressing, is being there: told once a minute, and only while it happens.
  /** @param {Event} event */
  const acts = (event) => {
    if (!event.isTrusted || locked) return;
    if (warned || pace() <= Date.now() - told) putOff();
  };
  for (const it of ['keydown', 'input', 'pointerdown']) document.addEventListener(it, acts, { capture: true, passive: true });

  // Another tab may have gone on meanwhile: the server is asked before anything is said.
  const look = async () => {
    const left = ends - Date.now();
    if (asking || (document.hidden && left > 0)) return;
    if (locked) {
      await opened();
      return;
    }
    if (warning() < left) {
      calm();
      return;
    }
    if (left > 0 && warned && Date.now() - asked < AGAIN) return;
    asking = true;
    try {
      if (!(await ask('GET'))) lock();
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
    const panel = document.importNode(panelOfPage, true);
    /** @type {NodeListOf<HTMLElement>} */
    const all = document.querySelectorAll('body > *');
    const parts = [...all].filter((it) => !it.hidden);
    locked = { parts, focused: document.activeElement, title: document.title, panel };
    // What stands here is not for whoever comes by.
    for (const it of parts) it.hidden = true;
    document.title = word('ended');
    document.body.append(panel);
    one(panel, 'form').addEventListener('submit', unlock);
    if (wantsAll) askAll(panel);
    one(panel, 'input:not([type=hidden]):not(:disabled)').focus();
  };

  /**
   * The password alone does not open it any more.
   * @param {HTMLElement} panel
   */
  const askAll = (panel) => {
    const form = one(panel, 'form');
    form.setAttribute('action', '/desk/sign-in');
    /** @type {NodeListOf<HTMLElement>} */
    const parts = form.querySelectorAll('[data-all]');
    for (const it of parts) {
      it.hidden = false;
      field(it, 'input').disabled = false;
    }
  };

  // In another tab she may have opened it already.
  const opened = async () => {
    if (Date.now() - asked < AGAIN || document.hidden) return;
    try {
      if (await ask('GET')) open();
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
    if (focused instanceof HTMLElement && focused.isConnected && focused !== document.body) focused.focus();
    else document.querySelector('main')?.focus();
    const line = document.createElement('p');
    line.textContent = word('open');
    document.querySelector('[data-status]')?.replaceChildren(line);
  };

  /** @param {Event} event */
  const unlock = async (event) => {
    event.preventDefault();
    const form = event.target;
    if (asking || !locked || !(form instanceof HTMLFormElement)) return;
    asking = true;
    const { panel } = locked;
    const fault = one(panel, '[data-fault]');
    fault.replaceChildren();
    let why = word('offline');
    try {
      const body = new URLSearchParams();
      for (const [name, value] of new FormData(form)) body.append(name, `${value}`);
      const answer = await fetch(form.action, {
        method: 'POST',
        body,
        redirect: 'manual',
        cache: 'no-store',
        signal: AbortSignal.timeout(2 * PATIENCE),
      });
      if (answer.type === 'opaqueredirect') {
        if (await ask('GET')) {
          open();
          return;
        }
      } else {
        const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
        if (page.querySelector('[name=login]')) askAll(panel);
        why = page.querySelector('.d-faults li')?.textContent ?? word('all');
      }
    } catch {
      // The words for it are chosen already.
    } finally {
      asking = false;
    }
    const line = document.createElement('p');
    line.className = 'd-field__fault';
    line.textContent = why;
    fault.append(line);
    const password = field(form, '[name=password]');
    password.value = '';
    password.focus();
  };

  // A page that keeps itself up to date was told that nobody is signed in.
  document.addEventListener('desk-ended', async () => {
    if (locked || asking) return;
    asking = true;
    try {
      if (!(await ask('GET'))) lock();
    } catch {
      // No line: the next look tells.
    } finally {
      asking = false;
    }
  });

  setInterval(look, 1_000);
  document.addEventListener('visibilitychange', look);
  addEventListener('pageshow', look);
  ask('GET')
    .then((there) => there || lock())
    .catch(() => {
      ends = Date.now() + idle;
    });
})();
