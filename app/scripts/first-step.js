// The first step in an element on a page of our own origin: the server draws it, so that it answers long before the widget has come.
//
// The page around it must not be left: what is pressed in it before anybody can answer is remembered, and repeated by the widget.

import { HERE } from './addresses.js';
import { themeOf } from './attributes.js';
import { hasKept, keptAt } from './decide.js';

/**
 * The first step as the server draws it. Read by the browser's own loading of documents, which no policy for markup from text forbids.
 * @param {URL} address
 * @param {AbortSignal} signal
 * @returns {Promise<Element | undefined>}
 */
function drawn(address, signal) {
  return new Promise((resolve) => {
    const asked = new XMLHttpRequest();
    asked.responseType = 'document';
    asked.onloadend = () => resolve(asked.status === 200 ? (asked.response?.querySelector('.place') ?? undefined) : undefined);
    signal.addEventListener('abort', () => asked.abort());
    asked.open('GET', address);
    asked.send();
  });
}

/**
 * @param {string} file
 * @returns {Promise<CSSStyleSheet | undefined>}
 */
async function sheetOf(file) {
  if (!('adoptedStyleSheets' in Document.prototype)) return undefined;
  const answer = await fetch(new URL(file, HERE));
  if (!answer.ok) throw new Error(`${file}: ${answer.status}`);
  return await new CSSStyleSheet().replace(await answer.text());
}

/**
 * Asks for the first step and its style sheet, and shows it when both are there, unless the widget was quicker.
 * @param {Run} run
 * @param {Words} words
 * @param {string} css
 */
export function firstStep(run, words, css) {
  const { element, language, signal } = run;
  run.sheet = sheetOf(css);
  // Whoever waits for it hears of a failure.
  run.sheet.catch(() => {});
  let kept;
  try {
    kept = sessionStorage.getItem(keptAt(run.place ?? ''));
  } catch {
    // A page in a sandbox keeps nothing.
  }
  if (hasKept(kept ?? null, language)) return;
  const address = new URL('first', HERE);
  address.searchParams.set('lang', language);
  if (themeOf(element)) address.searchParams.set('theme', themeOf(element));
  run.first = Promise.all([drawn(address, signal), run.sheet]).then(
    ([place, sheet]) => (place && sheet && !signal.aborted && !run.unmount ? shown(run, words, place, sheet) : undefined),
    () => undefined,
  );
}

/**
 * @param {Run} run
 * @param {Words} words
 * @param {Element} drawn
 * @param {CSSStyleSheet} sheet
 * @returns {First | undefined}
 */
function shown({ element, signal }, words, drawn, sheet) {
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
      const pressed = /** @type {HTMLButtonElement | null} */ (event.submitter);
      first.pressed = [pressed?.name || 'go', pressed?.value || 'next'];
      status.replaceChildren(words.waits);
    },
    { signal },
  );
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  // What the office's page has written inside the element is there where nothing runs.
  wait.replaceWith(place);
  return first;
}
