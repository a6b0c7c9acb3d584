// Our own page inside a frame tells the page around it how high it is and what has happened.
//
// Who may be around it is decided by the server's `frame-ancestors`; here only that one window is listened to, and only the origin that
// asked first is answered. That the page is there at all it has told by itself already (`height.js`).

import { read, written } from './protocol.js';

/** @typedef {import('./protocol.js').Message} Message */

/** @type {string | undefined} */
let host;
/** @type {Message[]} */
const told = [];

/** @param {Message} message */
export function tellHost(message) {
  told.push(message);
  if (host) for (const it of told.splice(0)) parent.postMessage(written(it), host);
}

/**
 * The visitor's choice of colours, on our own page and on the element in it; nothing is the device's.
 * @param {Element} own
 * @param {string | null} theme
 */
export function paint(own, theme) {
  for (const [element, name] of /** @type {const} */ ([
    [document.documentElement, 'data-theme'],
    [own, 'theme'],
  ])) {
    if (theme === 'light' || theme === 'dark') element.setAttribute(name, theme);
    else element.removeAttribute(name);
  }
}

/** @param {Element} own */
export function answerHost(own) {
  document.documentElement.classList.add('framed');
  const tell = () => host && tellHost({ kind: 'height', height: Math.ceil(document.body.getBoundingClientRect().height) });
  addEventListener('message', ({ source, origin, data }) => {
    if (source !== parent || origin !== (host ?? origin)) return;
    const message = read(data);
    if (message?.kind === 'hello') {
      host = origin;
      tell();
    } else if (host && message?.kind === 'theme') {
      paint(own, message.theme);
    }
  });
  new ResizeObserver(tell).observe(document.body);
  addEventListener('focusin', (event) => {
    const target = /** @type {Element} */ (event.composedPath()[0]);
    tellHost({ kind: 'focus', top: target.getBoundingClientRect().top });
  });
  // The element says by an event of its own that it has stopped.
  own.addEventListener('precheck-failed', (event) => {
    tellHost({ kind: 'event', name: 'failed', value: /** @type {CustomEvent} */ (event).detail.report });
  });
}
