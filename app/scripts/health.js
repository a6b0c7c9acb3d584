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
 * Calls back when the widget has died, with what can be told of it: where in the module it was, and nothing that anybody has entered. A
 * trap leaves the instance unusable, and it would sit there without an answer to any tap.
 * @param {readonly string[]} files
 * @param {(report: string) => void} died
 */
export function onDeath(files, died) {
  addEventListener('error', ({ error }) => {
    const stack = String(error?.stack ?? '');
    // A module that was not compiled while it arrived has no file's name in a stack.
    if (!/^(Runtime|Range|Internal)Error$/.test(error?.name) || ![...files, 'wasm-function[', 'wasm://'].some((it) => stack.includes(it)))
      return;
    const places = stack.match(/wasm-function\[\d+\]:0x[\da-f]+/g) ?? [];
    died([error.name, error.message, ...places.slice(0, 5)].join(' '));
  });
}
