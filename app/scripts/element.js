// The loader: defines <online-counselling-precheck>, the one element that an office puts on its page.
//
// This file keeps its address for good and is all that a page downloads before somebody comes near the element: it shows words in
// a place of fixed height, waits until the element is about to be seen or is touched, and fetches what is needed. On a page of another
// origin that is our own page in a frame; on one of the same origin the first step as the server draws it, and `begin.js`, which brings
// the widget; on our own page the first step is there already. Whatever goes wrong, the element says so, says what to do, and shows
// what the office's page wrote inside it. It writes no inline style and no markup from text, so it runs under `script-src` with the
// server's origin and nothing more.

import { HERE, HOME, IS_OURS } from './addresses.js';
import { freePlace, languageOf, startOf, wantsNoFrame } from './attributes.js';
import { makeFrame, pageOf } from './frame.js';

/** @typedef {import('./types.js').Run} Run */

const TAG = 'online-counselling-precheck';

/** @type {Record<string, import('./bundle.js').ElementWords>} */
const WORDS = JSON.parse('%WORDS%');

/** Where the rest is; a loader of yesterday that asks anew finds it here. */
export const BEGIN = new URL('%BEGIN%', HERE).href;

// Constructed sheets are not subject to `style-src`, and one serves all elements of a page. Older Safari goes without.
//
// What a page says of everything (`* { all: unset }`) reaches the element itself and no further: boxes inside begin afresh, but
// for what is meant to hide the element as a whole.
const sheet = 'adoptedStyleSheets' in Document.prototype && new CSSStyleSheet();
if (sheet) {
  const dark = '{--b:#1a1a1c;--t:#fff;--k:#9db7f9}';
  sheet.replaceSync(
    ':host{display:block}:host([hidden]),[hidden]{display:none!important}' +
      '.wait{all:initial;visibility:inherit;direction:ltr;padding:16px;border:1px solid #949494;border-radius:8px;' +
      '--b:#fff;--t:#333;--k:#0017c1;background:var(--b);color:var(--t);font:16px/1.7 sans-serif}' +
      '.bare{all:unset;padding:0 16px}' +
      // What comes keeps the height that its place had from the start, so that nothing below it jumps up.
      '.wait,.place,iframe{display:block;box-sizing:border-box;min-height:960px}.bare,:host([standalone]) .place{min-height:480px}' +
      `@media(prefers-color-scheme:dark){:host(:not([theme=light])) .wait${dark}}:host([theme=dark]) .wait${dark}` +
      '.wait h2{margin:0 0 16px;font-size:24px;line-height:1.5}.wait p,.wait ul{margin:0 0 16px;overflow-wrap:anywhere}.wait ul{padding-inline-start:24px}' +
      '.wait button{min-height:48px;padding:8px 24px;border:0;border-radius:8px;background:var(--k);color:var(--b);font:inherit;font-weight:700}' +
      '.wait a{color:var(--k)}.wait :focus-visible{outline:4px solid var(--t);outline-offset:2px;box-shadow:0 0 0 2px #ffd43d}' +
      'iframe{width:100%;border:0}.wait+iframe{min-height:0;height:0}',
  );
}

// A browser may remember that a module failed to load; another address is another module.
let attempts = 0;

/** What runs on this page, and where it keeps what is entered. @type {Map<Element, string>} */
const places = new Map();

/**
 * @param {string} tag
 * @param {object} [properties]
 * @param {(Node | string)[]} children
 */
function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/**
 * The first step as the server draws it, read by the browser's own loading of documents, which no policy for markup from text forbids.
 * `begin.js` shows it.
 * @param {Run} run
 * @returns {Promise<Element | undefined>}
 */
function askFirst(run) {
  // Looked for by the time that it is needed.
  fetch(new URL('%CSS%', HERE)).catch(() => {});
  return new Promise((done) => {
    const asked = new XMLHttpRequest();
    asked.responseType = 'document';
    asked.onloadend = () => done(asked.status === 200 ? asked.response?.querySelector('.place') : undefined);
    asked.open('GET', pageOf(run, 'embed/v1/first'));
    asked.send();
  });
}

/**
 * The module that brings the widget. Where it is not to be had, the loader is asked for anew: an update may have given it another name.
 * @returns {Promise<{ begin(run: Run): Promise<void> }>}
 */
async function stage() {
  try {
    return await import(attempts ? `${BEGIN}?${attempts}` : BEGIN);
  } catch (error) {
    const loader = await import(new URL(`precheck.js?${Date.now()}`, HERE).href);
    if (loader.BEGIN === BEGIN) throw error;
    return await import(loader.BEGIN);
  }
}

class Precheck extends HTMLElement {
  static get observedAttributes() {
    return ['theme'];
  }

  constructor() {
    super();
    /** What is running here; a late answer to an earlier run finds another one and is dropped. @type {Run | {} | undefined} @private */
    this.run_ = undefined;
  }

  // The colours may change at any time; what else the element is told holds from when it begins, since beginning anew would
  // lose what somebody has typed.
  attributeChangedCallback() {
    if (this.run_ && 'paint' in this.run_) this.run_.paint?.();
  }

  connectedCallback() {
    if (!this.shadowRoot) this.attachShadow({ mode: 'open' });
    if (!this.run_) this.start_();
    // For the page's editor alone: what on this page is in the way.
    if (this.hasAttribute('self-test') || location.hash === '#precheck-self-test')
      import(new URL('%SELF_TEST%', HERE).href).then((it) => it.default(this));
  }

  // A move takes the element out and puts it back within one task: wait for the end of it before giving up anything.
  disconnectedCallback() {
    queueMicrotask(() => this.isConnected || this.stop_());
  }

  // Its presence keeps `moveBefore` from calling the two above.
  connectedMoveCallback() {}

  language_() {
    const asked = new URLSearchParams(location.search).get('lang');
    return languageOf([this.getAttribute('language'), asked, ...navigator.languages], Object.keys(WORDS));
  }

  start_() {
    const language = this.language_();
    const words = WORDS[language];
    const end = new AbortController();
    const { signal } = end;
    const standalone = this.hasAttribute('standalone');
    for (const it of places.keys()) if (!it.isConnected) places.delete(it);
    const place = freePlace([...places.values()]);
    places.set(this, place);
    /** @type {Run} */
    const run = {
      element: this,
      language,
      title: words.title,
      titles: Object.values(WORDS),
      standalone,
      end,
      signal,
      place,
      fail: (error, reason) => this.run_ === run && this.fail_(run, words, error, reason ?? (run.unmount ? 'died' : 'load')),
    };
    this.run_ = run;
    const drawn = standalone ? this.querySelector('form') : null;
    const status = make('p', { role: 'status' }, words.loading);
    const needs = make('ul', {}, ...words.needs.map((need) => make('li', {}, need)));
    // Our own page has the name in its header, and the first step, or its words, stay where they are already painted.
    const waits = !drawn || document.documentElement.classList.contains('waits');
    const parts = standalone
      ? [make('slot', { hidden: drawn && waits }), ...(waits ? [status] : [])]
      : [make('h2', {}, words.title), status, needs, make('slot')];
    const box = this.show_(words, parts);
    if (!waits) box.className = 'drawn';
    // As high as the first step at least, which comes soon.
    const isDrawn = IS_OURS && !standalone && !startOf(this);
    if (isDrawn) box.style.setProperty('min-height', '1600px');
    /** @type {IntersectionObserver | undefined} */
    let near;
    const begin = async () => {
      if (run.begun) return;
      run.begun = true;
      near?.disconnect();
      run.slow = setTimeout(() => status.replaceChildren(words.slow), 20000);
      if (!IS_OURS && !wantsNoFrame(this)) {
        makeFrame(run);
      } else if (isDrawn) {
        run.drawn = askFirst(run);
      }
      try {
        const module = await stage();
        if (this.run_ === run) await module.begin(run);
      } catch (error) {
        run.fail(error);
      }
    };
    signal.onabort = () => {
      near?.disconnect();
      clearTimeout(run.slow);
    };
    if (standalone || attempts || !window.IntersectionObserver) {
      begin();
      return;
    }
    near = new IntersectionObserver((seen) => seen.some((it) => it.isIntersecting) && begin(), { rootMargin: '50%' });
    // Not the element: a page may have taken its box away (`display: contents`).
    near.observe(box);
    for (const touch of ['focusin', 'pointerdown']) this.addEventListener(touch, begin, { signal });
  }

  stop_() {
    const run = this.run_;
    this.run_ = undefined;
    places.delete(this);
    if (run && 'end' in run) {
      run.end.abort();
      try {
        run.unmount?.();
      } catch {
        // A widget that died cannot tidy up; its instance goes as a whole.
      }
    }
    this.shadowRoot?.replaceChildren();
  }

  /**
   * @param {Run} run
   * @param {import('./bundle.js').ElementWords} words
   * @param {unknown} error
   * @param {string} reason
   */
  fail_(run, words, error, reason) {
    console.error(`${TAG}:`, error);
    const report = [reason, BEGIN.replace(/^.*\/begin-|\.js$/g, ''), new Date().toISOString(), `${error}`.slice(0, 300)].join(' / ');
    this.dispatchEvent(new CustomEvent('precheck-failed', { bubbles: true, composed: true, detail: { report } }));
    // On our own page the first step goes on without the widget, from page to page; so does our page in a frame.
    if (reason === 'load' && (run.answers || (this.querySelector('form') && !document.documentElement.classList.contains('waits')))) return;
    this.stop_();
    attempts += 1;
    const again = () => {
      this.start_();
      // The button is gone; whoever pressed it by keyboard should not have to start at the top of the page.
      const box = /** @type {HTMLElement} */ (this.shadowRoot?.firstElementChild);
      box.tabIndex = -1;
      box.focus();
    };
    this.run_ = {};
    const { standalone } = run;
    // Whoever is on our own page already gets the one that needs neither script nor wasm.
    const page = pageOf({ element: this, language: this.language_() }, '');
    if (standalone) page.searchParams.set('plain', 'yes');
    const alert = make('div', { role: 'alert' }, make('p', {}, reason === 'died' ? words.died : words.failed), make('p', {}, words.advice));
    this.show_(words, [
      ...(standalone ? [] : [make('h2', {}, words.title)]),
      alert,
      make('p', {}, make('button', { type: 'button', onclick: again }, words.retry)),
      make('p', {}, make('a', { href: page, target: standalone ? '' : '_blank' }, words.open)),
      make('slot', { hidden: standalone && this.querySelector('form') }),
      make('p', {}, report),
    ]);
    // The office's telephone, if it can be had.
    fetch(new URL('api/v1/office', HOME))
      .then((answer) => answer.json())
      .then(({ contact: { telephone }, telephone_link: href }) => href && alert.append(make('p', {}, make('a', { href }, telephone))))
      .catch(() => {});
  }

  /**
   * A slot among the parts shows what the page itself has put into the element.
   * @param {import('./bundle.js').ElementWords} words
   * @param {(Node | string)[]} parts
   */
  show_(words, parts) {
    const root = /** @type {ShadowRoot} */ (this.shadowRoot);
    const box = make('div', { className: this.hasAttribute('standalone') ? 'wait bare' : 'wait', lang: words.lang }, ...parts);
    if (sheet) root.adoptedStyleSheets = [sheet];
    root.replaceChildren(box);
    return box;
  }
}

if (!customElements.get(TAG)) customElements.define(TAG, Precheck);
