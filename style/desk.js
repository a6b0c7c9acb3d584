// The desk works without this. It spares looks and hands: pages that say so keep themselves up to date, what is pasted finds its
// field, what has to be copied is copied.
'use strict';
(() => {
  const EVERY = 10_000;
  const PATIENCE = 8_000;
  const FIELDS = 'input:not([type=hidden]), select, textarea, [contenteditable]';
  const words = document.body.dataset;
  const status = document.querySelector('[data-status]');

  /**
   * @param {ParentNode} part
   * @param {string} css
   * @returns {NodeListOf<HTMLElement>}
   */
  const allOf = (part, css) => part.querySelectorAll(css);
  /** @returns {HTMLElement | null} */
  const focused = () => (document.activeElement instanceof HTMLElement ? document.activeElement : null);

  // A status that says the same once more is heard once more.
  /**
   * @param {string | undefined} text
   * @param {string} [link] leads to the page as it is now
   */
  const say = (text, link) => {
    if (!status) return;
    const line = document.createElement('p');
    line.textContent = text ?? '';
    if (link) {
      const again = document.createElement('a');
      again.href = location.href;
      again.textContent = link;
      line.append(' ', again);
    }
    status.replaceChildren(line);
  };

  /**
   * Buttons that only work with a script are hidden without one; a text that is there to be copied gets its button here.
   * @param {ParentNode} part
   */
  const enliven = (part) => {
    for (const it of allOf(part, '[data-copy], [data-print]')) it.hidden = false;
    for (const text of part.querySelectorAll('[id][data-copy=""]')) {
      const button = document.createElement('button');
      Object.assign(button, { type: 'button', className: 'd-button', textContent: words.copying });
      button.dataset.copy = text.id;
      button.id = `copy-${text.id}`;
      text.after(button);
    }
  };

  // ---- copying, printing, pasting ----

  /** @param {HTMLElement} from */
  const copy = async (from) => {
    const field = from instanceof HTMLInputElement || from instanceof HTMLTextAreaElement ? from : null;
    try {
      await navigator.clipboard.writeText(field?.value ?? from.textContent ?? '');
      say(words.copied);
    } catch {
      // Not allowed, or no secure address: selected, it is one keystroke away.
      if (field) field.select();
      else getSelection()?.selectAllChildren(from);
      say(words.selected);
    }
  };

  document.addEventListener('click', (event) => {
    if (!(event.target instanceof Element)) return;
    /** @type {HTMLButtonElement | null} */
    const button = event.target.closest('button[data-copy], button[data-print]');
    if (!button) return;
    if ('print' in button.dataset) {
      print();
      return;
    }
    const from = document.getElementById(button.dataset.copy ?? '');
    if (from) copy(from);
  });

  document.addEventListener('paste', (event) => {
    /** @type {HTMLInputElement | HTMLTextAreaElement | null} */
    const field = document.querySelector('[data-paste]');
    const text = event.clipboardData?.getData('text');
    // A box that is ticked takes no text: the officer ticks, pastes, sends.
    const isWriting = focused()?.matches(FIELDS) && !focused()?.matches('[type=checkbox], [type=radio]');
    if (!field || !text || field.disabled || isWriting) return;
    event.preventDefault();
    field.focus();
    field.value = text;
    field.dispatchEvent(new Event('input', { bubbles: true }));
  });

  // ---- keeping up to date ----

  // What the server sent for each part, before anything here changed it.
  const parts = () => [...allOf(document, '[data-part]')];
  const sent = new Map(parts().map((it) => [it.id, it.innerHTML]));
  /**
   * Fields that somebody has changed.
   * @type {Set<Node>}
   */
  const edited = new Set();
  document.addEventListener('input', ({ target }) => {
    if (target instanceof Node) edited.add(target);
  });
  const isWrittenOn = () => [...edited].some((it) => it.isConnected);

  /**
   * What is worth telling: not the minutes that pass.
   * @param {string} html
   */
  const gist = (html) => {
    const part = document.createElement('template');
    part.innerHTML = html;
    for (const it of part.content.querySelectorAll('[data-quiet]')) it.remove();
    return (part.content.textContent ?? '').replace(/\s+/g, ' ');
  };

  /** @param {HTMLElement} part */
  const isInWork = (part) =>
    [...edited].some((it) => part.contains(it)) || (part.contains(document.activeElement) && focused()?.matches(FIELDS));

  /** @param {Element} it */
  const nameOf = (it) => it.id || it.getAttribute('href');

  /**
   * @param {HTMLElement} part
   * @param {string} html
   */
  const replace = (part, html) => {
    const open = [...allOf(part, 'details[open][id]')].map((it) => it.id);
    const before = focused();
    const name = before && part.contains(before) ? nameOf(before) : null;
    part.innerHTML = html;
    enliven(part);
    for (const it of part.querySelectorAll('details')) it.open ||= it.id !== '' && open.includes(it.id);
    if (!name) return;
    const again = [...allOf(part, '[id], [href]')].find((it) => nameOf(it) === name);
    if (again) {
      again.focus();
      return;
    }
    // What had the focus has gone: its place is the nearest thing.
    part.tabIndex = -1;
    part.focus();
  };

  /**
   * Of what is kept back for somebody who writes, she is told once.
   * @type {Map<string, string>}
   */
  const keptBack = new Map();

  /** @param {Document} fresh */
  const draw = (fresh) => {
    let told = false;
    let kept = false;
    let later = false;
    for (const part of parts()) {
      const html = fresh.getElementById(part.id)?.innerHTML;
      if (html === undefined || html === sent.get(part.id)) continue;
      const news = gist(html) !== gist(sent.get(part.id) ?? '');
      if (isInWork(part)) {
        kept ||= news && keptBack.get(part.id) !== html;
        keptBack.set(part.id, html);
        later = true;
        continue;
      }
      sent.set(part.id, html);
      replace(part, html);
      told ||= news && !part.hasAttribute('data-quiet');
    }
    if (kept) say(words.stale, words.reload);
    else if (told) say(words.live);
    return later;
  };

  // Nobody is signed in any more: the page says so, in `desk_session.js`.
  const ended = () => document.dispatchEvent(new Event('desk-ended'));

  // There is another page at this address now. Nobody who writes is taken away from what she writes.
  let stays = false;
  const leaves = () => {
    if (!isWrittenOn()) {
      location.reload();
      return;
    }
    if (!stays) say(words.stale, words.reload);
    stays = true;
  };

  /** @type {string | null} */
  let tag = null;
  let looking = false;
  const look = async () => {
    // Nor while the page waits for the password.
    if (document.hidden || looking || document.querySelector('.d-lock')) return;
    looking = true;
    try {
      // `Desk-Live`: no person asks, so the session goes on ageing.
      const headers = new Headers({ 'Desk-Live': '1' });
      if (tag) headers.set('If-None-Match', tag);
      const answer = await fetch(location.href, { headers, cache: 'no-store', signal: AbortSignal.timeout(PATIENCE) });
      if (answer.status === 401) {
        ended();
        return;
      }
      if (!answer.ok) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
      // The first page is the sign-in page without a word of it; and another one's page is not put into hers.
      if (fresh.body.dataset.person !== words.person) ended();
      else if (!('live' in fresh.body.dataset)) leaves();
      // What was kept back is looked at again.
      else tag = draw(fresh) ? null : answer.headers.get('ETag');
    } catch {
      // No line for a moment: the next look tells.
    } finally {
      looking = false;
    }
  };

  enliven(document);
  // What was wrong is where the eyes should be.
  allOf(document, '[data-focus]')[0]?.focus();
  if (!('live' in words)) return;
  setInterval(look, EVERY);
  document.addEventListener('visibilitychange', look);
})();
