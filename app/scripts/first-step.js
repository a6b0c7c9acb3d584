// The first step in an element on a page of our own origin: the server draws it, so that it answers long before the widget has come.
//
// The page around it must not be left: what is pressed in it before anybody can answer is remembered, and repeated by the widget.

import { hasKept, keptAt } from './decide.js';

/** @typedef {import('./types.js').Run} Run */
/** @typedef {import('./types.js').First} First */

/**
 * Shows the first step as soon as it and its style sheet are there, unless the widget was quicker.
 * @param {Run} run
 * @param {Promise<CSSStyleSheet | undefined>} sheet
 */
export function showFirstStep(run, sheet) {
  let kept = null;
  try {
    kept = sessionStorage.getItem(keptAt(run.place ?? ''));
  } catch {
    // A page in a sandbox keeps nothing.
  }
  // The widget begins with what the tab has kept: an empty first step would only be in the way.
  if (!run.drawn || hasKept(kept, run.language)) return;
  run.first = Promise.all([run.drawn, sheet]).then(
    ([place, sheet]) => (place && sheet && !run.signal.aborted && !run.unmount ? shown(run, place, sheet) : undefined),
    () => undefined,
  );
}

/**
 * @param {Run} run
 * @param {Element} drawn
 * @param {CSSStyleSheet} sheet
 * @returns {First | undefined}
 */
function shown({ element, signal }, drawn, sheet) {
  const root = element.shadowRoot;
  const wait = root?.querySelector('.wait');
  const place = document.importNode(drawn, true);
  const form = place.querySelector('form');
  if (!root || !wait || !form) return undefined;
  /** @type {First} */
  const first = { form, place };
  const status = Object.assign(document.createElement('p'), { className: 'oc-hint' });
  status.setAttribute('role', 'status');
  form.querySelector('.oc-ending')?.after(status);
  form.addEventListener(
    'submit',
    (event) => {
      event.preventDefault();
      const button = /** @type {HTMLButtonElement | null} */ (event.submitter);
      first.pressed = `${button?.name || 'go'} ${button?.value || 'next'}`;
      status.replaceChildren(form.dataset.waits ?? '…');
    },
    { signal },
  );
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  // What the office's page has written inside the element is there where nothing runs.
  wait.replaceWith(place);
  return first;
}
