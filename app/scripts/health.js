// Whether the widget can run at all, and whether it still does.

import { HOME } from './addresses.js';

// What a policy has forbidden us fails like a bad line; only this tells it from one.
let isForbidden = false;
addEventListener('securitypolicyviolation', ({ blockedURI, disposition }) => {
  isForbidden ||= disposition === 'enforce' && (blockedURI.startsWith(HOME.href) || /^(wasm|trusted)/.test(blockedURI));
});

/**
 * Whether the widget cannot run here at all, however often one tries: no wasm, an old one, or one that a policy refuses.
 * @param {unknown} error
 */
export async function isRefused(error) {
  // The browser tells of a violation after the failure.
  await new Promise((done) => setTimeout(done, 100));
  return isForbidden || !globalThis.WebAssembly || (error instanceof Error && /^(Compile|Link|Eval)Error$/.test(error.name));
}

/**
 * Calls back when the widget has died. A trap leaves the instance unusable, and it would sit there without an answer to any tap.
 * @param {string} wasm
 * @param {string} glue
 * @param {(error: unknown) => void} died
 */
export function onDeath(wasm, glue, died) {
  addEventListener('error', ({ error }) => {
    if (error?.name !== 'RuntimeError' || ![wasm, glue].some((file) => error.stack?.includes(file))) return;
    died(onDeath.report || error);
  });
}

/** What the widget has told of its end: where in the program it was. */
onDeath.report = '';
