// The widget takes the place of a form that the server has drawn: what was answered in it, what was pressed, the focus, the scroll
// place. Nothing moves, and no press is lost: it waits while a finger or a key is down, or a word is being composed.

import { counterpart } from './decide.js';

/** @typedef {import('./types.js').First} First */
/** @typedef {import('./bundle.js').Mounted} Mounted */

/** Nobody holds a finger down for so long in order to press. */
const LONGEST_PRESS = 5000;

/**
 * @param {First} first
 * @param {Mounted} widget
 * @param {Element} place where the widget is, still hidden
 * @param {() => void} show puts it in place of what stands there
 * @param {AbortSignal} signal
 */
export async function takeOver(first, widget, place, show, signal) {
  const { form } = first;
  await quiet(signal);
  if (signal.aborted) return;
  /** @type {string} */
  let handed;
  do {
    handed = answers(form);
    widget.take(handed);
    // What was taken is drawn before anything else is answered.
    await new Promise((done) => setTimeout(done));
  } while (handed !== answers(form));
  const root = /** @type {Document | ShadowRoot} */ (form.getRootNode());
  const focused = form.contains(root.activeElement) ? root.activeElement : null;
  const { scrollX, scrollY } = window;
  const to = focused && field(focused, place);
  first.place.remove();
  show();
  if (to) focus(to, /** @type {Element} */ (focused));
  if (window.scrollY !== scrollY && form.dataset.posted === undefined) scrollTo(scrollX, scrollY);
  // What stood wrong on the page is shown anew, by the widget's own rules.
  const pressed = first.pressed ?? (form.dataset.faults === undefined ? '' : 'go next');
  if (pressed) widget.press(pressed);
}

/**
 * What the form holds.
 * @param {HTMLFormElement} form
 */
function answers(form) {
  const { at = '', posted } = form.dataset;
  const fields = [...new FormData(form)];
  return JSON.stringify({
    at,
    posted: posted !== undefined,
    names: fields.map(([name]) => name),
    values: fields.map(([, value]) => String(value)),
  });
}

/**
 * Waits until nothing is pressed and no word is being composed.
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
function quiet(signal) {
  return new Promise((done) => {
    if (!pressed.size) {
      done();
      return;
    }
    const end = setTimeout(done, LONGEST_PRESS);
    const look = setInterval(() => {
      if (pressed.size && !signal.aborted) return;
      clearTimeout(end);
      clearInterval(look);
      done();
    }, 30);
  });
}

// What is held down at the moment. From the start, since whoever presses may have begun before the widget has come.
/** @type {Set<string>} */
const pressed = new Set();
for (const [begins, ends, name] of /** @type {const} */ ([
  ['pointerdown', ['pointerup', 'pointercancel'], 'pointer'],
  ['keydown', ['keyup'], 'key'],
  ['compositionstart', ['compositionend'], 'word'],
])) {
  addEventListener(begins, () => pressed.add(name), { capture: true, passive: true });
  // What a release brings about comes in the same task.
  for (const end of ends) addEventListener(end, () => setTimeout(() => pressed.delete(name)), { capture: true, passive: true });
}
addEventListener('blur', () => pressed.clear());

/**
 * The field or button of the widget that stands for one of the form.
 * @param {Element} of
 * @param {Element} place
 * @returns {HTMLElement | null}
 */
function field(of, place) {
  const language = of.getAttribute('name') === 'language' && of.getAttribute('value');
  if (language) return place.querySelector('.oc-top__languages button');
  if (of.matches('button')) return place.querySelector('.oc-ending .oc-button');
  if (of.matches('input[type=radio]')) {
    const [name, value] = [counterpart(/** @type {HTMLInputElement} */ (of).name), /** @type {HTMLInputElement} */ (of).value];
    return place.querySelector(`input[name="${CSS.escape(name)}"][value="${CSS.escape(value)}"]`);
  }
  return of.id ? place.querySelector(`#${CSS.escape(counterpart(of.id))}`) : null;
}

/**
 * Moves the focus, and the caret in a line of text.
 * @param {HTMLElement} to
 * @param {Element} from
 */
function focus(to, from) {
  to.focus({ preventScroll: true });
  if (to instanceof HTMLInputElement && from instanceof HTMLInputElement && to.type === 'text') {
    to.setSelectionRange(from.selectionStart, from.selectionEnd);
  }
}
