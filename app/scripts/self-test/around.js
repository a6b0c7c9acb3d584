// What the parts of the self-test share: where the server is, in which words they speak, how they make elements.

/** @import { SelfTestWords } from '../bundle.js' */

/** @type {Record<string, SelfTestWords>} */
const WORDS = JSON.parse('%SELF_TEST_WORDS%');

/** The server's own page; this file lies two folders below it. */
export const HOME = new URL('../../', new URL('.', import.meta.url));
export const SERVER = HOME.origin;

/** A page without a language, as a page of an office in Japan mostly is, is Japanese. */
export const LANGUAGE = (document.documentElement.lang || 'ja').startsWith('en') ? 'en' : 'ja';
export const words = WORDS[LANGUAGE];

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Partial<HTMLElementTagNameMap[Tag]>} properties
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** @param {number} millis */
export function pause(millis) {
  return new Promise((resolve) => setTimeout(resolve, millis));
}
