// Our own page in a frame, on a page of another origin: the scripts of that page cannot read what somebody types.

import { HOME } from './addresses.js';
import { placeOfFrame, startOf, themeOf } from './attributes.js';
import { read, written } from './protocol.js';

/** So long a page of ours takes on a slow line, and so long it needs to answer when it has loaded. */
const PATIENCE = { load: 60000, answer: 6000 };

/** The greatest height that is believed. */
const LONGEST = 20000;

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
 * Tells the page around the element what has happened, without anything about the person: that it is ready, each step when another one
 * is shown, each request that was accepted, and that it has stopped.
 * @param {HTMLElement} element
 */
export function teller(element) {
  /** @type {string | undefined} */
  let step;
  let isReady = false;
  /** @param {string} name @param {object} detail */
  const fire = (name, detail) => element.dispatchEvent(new CustomEvent(`precheck-${name}`, { bubbles: true, composed: true, detail }));
  /** @param {string} name @param {string} value */
  return (name, value) => {
    if (name === 'step') {
      if (step === value) return;
      step = value;
      if (isReady) fire(name, { step });
    } else if (name === 'sent') {
      fire(name, {});
    } else if (name === 'failed') {
      fire(name, { report: value });
    } else if (name === 'ready' && !isReady) {
      isReady = true;
      fire(name, { language: value });
      if (step) fire('step', { step });
    }
  };
}

/**
 * Puts our page into the element. It is shown as soon as it says how high it is.
 * @param {Run} run
 */
export function frame(run) {
  const { element, signal } = run;
  const tell = (run.tell ??= teller(element));
  const start = startOf(element);
  const src = pageOf(run, start === 'check' ? start : '');
  if (start === 'receipt') src.hash = '#/receipt';
  // A page that may show no frame is told so at once; others are found out by their silence.
  addEventListener(
    'securitypolicyviolation',
    ({ effectiveDirective, blockedURI }) => {
      if (effectiveDirective === 'frame-src' && blockedURI.startsWith(HOME.origin)) run.fail('frames are forbidden', 'frame');
    },
    { signal },
  );
  const made = document.createElement('iframe');
  Object.assign(made, { src, title: run.title, allow: 'camera; microphone; clipboard-write' });
  // It keeps its name from page to page.
  if (run.place) made.name = `precheck-${run.place}`;
  /** @type {number | undefined} */
  let patience;
  let answers = false;
  /** @param {number} millis */
  const wait = (millis) => {
    clearTimeout(patience);
    if (!answers) patience = setTimeout(() => run.fail('the frame does not answer', 'frame'), millis);
  };
  /** @param {import('./protocol.js').Message} message */
  const say = (message) => made.contentWindow?.postMessage(written(message), HOME.origin);
  wait(PATIENCE.load);
  made.onload = () => {
    say({ kind: 'hello' });
    // An error page loads as well, but it does not answer.
    wait(PATIENCE.answer);
  };
  run.paint = () => say({ kind: 'theme', theme: themeOf(element) });
  signal.addEventListener('abort', () => clearTimeout(patience));
  addEventListener(
    'message',
    ({ source, origin, data }) => {
      const message = source === made.contentWindow && origin === HOME.origin ? read(data) : undefined;
      if (message?.kind === 'height' && 0 < message.height) {
        if (!answers) run.paint?.();
        answers = true;
        clearTimeout(patience);
        clearTimeout(run.slow);
        element.shadowRoot?.querySelector('.wait')?.remove();
        made.style.setProperty('height', `${Math.min(message.height, LONGEST)}px`);
      } else if (message?.kind === 'focus') {
        // Safari lets a frame of another site move nothing outside it: what has the focus there would stay out of sight.
        const top = made.getBoundingClientRect().top + message.top;
        if (top < 0 || innerHeight < top + 32) scrollBy(0, top - innerHeight / 4);
      } else if (message?.kind === 'event') {
        tell(message.name, message.value);
      }
    },
    { signal },
  );
  element.shadowRoot?.append(made);
}

/** The place of this page among others in frames of one page. */
export const ownPlace = () => (parent === window ? '' : placeOfFrame(window.name));
