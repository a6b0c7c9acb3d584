// /embed works without this. It spares a hand: what has to be copied is copied.
'use strict';
(() => {
  // Where the widget keeps a tab's language (app/src/keep.rs).
  const KEPT = 'precheck-v1';
  /** @type {HTMLElement | null} */
  const status = document.querySelector('[data-status]');

  /** @param {HTMLTextAreaElement} from */
  const copy = async (from) => {
    let said = status?.dataset.copied;
    try {
      await navigator.clipboard.writeText(from.value);
    } catch {
      // Not allowed, or no secure address: selected, it is one keystroke away.
      from.focus();
      from.select();
      said = status?.dataset.selected;
    }
    // What is said once more is heard once more.
    const line = document.createElement('span');
    line.textContent = said ?? '';
    status?.replaceChildren(line);
  };

  /** @type {NodeListOf<HTMLButtonElement>} */
  const buttons = document.querySelectorAll('button[data-copy]');
  for (const button of buttons) {
    button.hidden = false;
    button.addEventListener('click', () => {
      const from = document.getElementById(button.dataset.copy ?? '');
      if (from instanceof HTMLTextAreaElement) copy(from);
    });
  }

  // What a tab keeps of the widget goes before what a page asks for; here the choice goes first.
  const chosen = document.querySelector('online-counselling-precheck[language]')?.getAttribute('language');
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? 'null');
    if (chosen && kept) sessionStorage.setItem(KEPT, JSON.stringify({ ...kept, language: chosen }));
  } catch {
    // Nothing is kept where the browser refuses it.
  }
})();
