// Our own page in a frame, on a page of another origin: the scripts of that page cannot read what somebody types.
//
// Here is what the loader makes at once; what page and frame say to each other afterwards is in `around.js`.

import { HOME } from './addresses.js';
import { startOf, themeOf } from './attributes.js';

/** @typedef {import('./types.js').Run} Run */

/** The greatest height that is believed. */
const HIGHEST = 20000;

/**
 * An address of ours with the reader's language and colours.
 * @param {Pick<Run, 'element' | 'language'>} run
 * @param {string} path
 */
export function pageOf({ element, language }, path) {
  const page = new URL(path, HOME);
  page.searchParams.set('lang', language);
  if (themeOf(element)) page.searchParams.set('theme', themeOf(element));
  return page;
}

/**
 * Puts our page into the element. It is shown as soon as it says how high it is, which it does before anything else of it has come.
 * @param {Run} run
 */
export function makeFrame(run) {
  const { element, place, signal, title } = run;
  const start = startOf(element);
  const src = pageOf(run, start === 'check' ? start : '');
  if (start === 'receipt') src.hash = '#/receipt';
  const frame = Object.assign(document.createElement('iframe'), { src, title, allow: 'camera; microphone; clipboard-write' });
  // It keeps its name from page to page.
  if (place) frame.name = `precheck-${place}`;
  addEventListener(
    'message',
    ({ source, origin, data }) => {
      if (source !== frame.contentWindow || origin !== HOME.origin || !(0 < data?.height)) return;
      run.answers = true;
      clearTimeout(run.slow);
      element.shadowRoot?.querySelector('.wait')?.remove();
      frame.style.setProperty('height', `${Math.min(data.height, HIGHEST)}px`);
    },
    { signal },
  );
  element.shadowRoot?.append(frame);
  run.frame = frame;
  return frame;
}
