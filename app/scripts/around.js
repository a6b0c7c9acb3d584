// What the page around our frame says to it and hears from it.

import { HOME } from './addresses.js';
import { themeOf } from './attributes.js';
import { makeFrame } from './frame.js';
import { read, written } from './protocol.js';

/** @typedef {import('./types.js').Run} Run */

/** So long a page of ours takes on a slow line, and so long it needs to answer when it has loaded; in milliseconds. */
const PATIENCE = { load: 60000, answer: 6000 };

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
 * Stands by our page in its frame, which the loader has made already, or is made now.
 * @param {Run} run
 */
export function standBy(run) {
  const { element, signal } = run;
  run.tell ??= teller(element);
  const { tell } = run;
  // A page that may show no frame is told so at once; others are found out by their silence.
  addEventListener(
    'securitypolicyviolation',
    ({ effectiveDirective, blockedURI }) => {
      if (effectiveDirective === 'frame-src' && blockedURI.startsWith(HOME.origin)) run.fail('frames are forbidden', 'frame');
    },
    { signal },
  );
  const frame = run.frame ?? makeFrame(run);
  /** @type {number | undefined} */
  let patience;
  /** @param {number} millis */
  const wait = (millis) => {
    clearTimeout(patience);
    patience = setTimeout(() => run.answers || run.fail('the frame does not answer', 'frame'), millis);
  };
  /** @param {import('./protocol.js').Message} message */
  const say = (message) => frame.contentWindow?.postMessage(written(message), HOME.origin);
  wait(PATIENCE.load);
  frame.onload = () => {
    say({ kind: 'hello' });
    // An error page loads as well, but it does not answer.
    wait(PATIENCE.answer);
  };
  run.paint = () => say({ kind: 'theme', theme: themeOf(element) });
  signal.addEventListener('abort', () => clearTimeout(patience));
  addEventListener(
    'message',
    ({ source, origin, data }) => {
      const message = source === frame.contentWindow && origin === HOME.origin ? read(data) : undefined;
      if (message?.kind === 'focus') {
        // Safari lets a frame of another site move nothing outside it: what has the focus there would stay out of sight.
        const top = frame.getBoundingClientRect().top + message.top;
        if (top < 0 || innerHeight < top + 32) scrollBy(0, top - innerHeight / 4);
      } else if (message?.kind === 'event') {
        tell(message.name, message.value);
      }
    },
    { signal },
  );
  // It may have loaded before this script came.
  if (run.answers) say({ kind: 'hello' });
}
