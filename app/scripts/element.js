// The loader: defines <online-counselling-precheck>, the one element that an office puts on its page.
//
// This file keeps its address for good and is all that a page downloads before somebody comes near the element: it shows words in
// a place of fixed height, waits until the element is about to be seen or is touched, and fetches `begin.js`, which does the rest.
// Whatever goes wrong, the element says so, says what to do, and shows what the office's page wrote inside it. It writes no
// inline style and no markup from text, so it runs under `script-src` with the server's origin and nothing more.
//
// The build strips comments, so they stand on lines of their own.

const HERE = new URL('.', import.meta.url);
const HOME = new URL('../../', HERE);
const TAG = 'online-counselling-precheck';

const WORDS = JSON.parse('%WORDS%');

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
    '.wait h2{margin:0 0 16px;font-size:24px;line-height:1.5}.wait p,.wait ul{margin:0 0 16px}.wait ul{padding-inline-start:24px}' +
    '.wait button{min-height:48px;padding:8px 24px;border:0;border-radius:8px;background:var(--k);color:var(--b);font:inherit;font-weight:700}' +
    '.wait a{color:var(--k)}.wait :focus-visible{outline:4px solid var(--t);outline-offset:2px;box-shadow:0 0 0 2px #ffd43d}' +
    'iframe{width:100%;border:0}.wait+iframe{min-height:0;height:0}'
  );
}

// A browser may remember that a module failed to load; another address is another module.
let attempts = 0;

function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

// The first language that there are words for: as the page says, as the address says, as the browser is set.
function languageOf(element) {
  const wished = [element.getAttribute('language'), new URLSearchParams(location.search).get('lang'), ...navigator.languages, 'en'];
  const all = Object.keys(WORDS);
  return wished.flatMap((tag) => (tag ? [tag, tag.split('-')[0]] : [])).find((tag) => all.includes(tag));
}

class Precheck extends HTMLElement {
  static observedAttributes = ['theme'];

  // What is running here; a late answer to an earlier run finds another one and is dropped.
  #run;

  // The colours may change at any time; what else the element is told holds from when it begins, since beginning anew would
  // lose what somebody has typed.
  attributeChangedCallback() {
    this.#run?.paint?.();
  }

  connectedCallback() {
    if (!this.shadowRoot) this.attachShadow({ mode: 'open' });
    if (!this.#run) this.#start();
    // For the page's editor alone: what on this page is in the way.
    if (this.hasAttribute('self-test') || location.hash === '#precheck-self-test') import(new URL('%SELF_TEST%', HERE)).then((it) => it.default(this));
  }

  // A move takes the element out and puts it back within one task: wait for the end of it before giving up anything.
  disconnectedCallback() {
    queueMicrotask(() => this.isConnected || this.#stop());
  }

  // Its presence keeps `moveBefore` from calling the two above.
  connectedMoveCallback() {}

  #start() {
    const language = languageOf(this);
    const words = WORDS[language];
    const end = new AbortController();
    const { signal } = end;
    const standalone = this.hasAttribute('standalone');
    const run = (this.#run = { element: this, language, title: words.title, titles: Object.values(WORDS), standalone, end, signal });
    run.fail = (error) => this.#run === run && this.#fail(words, error);
    const status = make('p', { role: 'status' }, words.loading);
    const needs = make('ul', {}, ...words.needs.map((need) => make('li', {}, need)));
    // Our own page has the name in its header, and its words stay where they are already painted.
    const box = this.#show(words, standalone ? [make('slot'), status] : [make('h2', {}, words.title), status, needs, make('slot')]);
    let near;
    const begin = async () => {
      if (run.begun) return;
      run.begun = true;
      near?.disconnect();
      run.slow = setTimeout(() => status.replaceChildren(words.slow), 20000);
      try {
        const stage = await import(new URL('%BEGIN%' + (attempts ? `?${attempts}` : ''), HERE));
        if (this.#run === run) await stage.begin(run);
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

  #stop() {
    const run = this.#run;
    this.#run = undefined;
    run?.end?.abort();
    try {
      run?.unmount?.();
    } catch {
      // A widget that died cannot tidy up; its instance goes as a whole.
    }
    this.shadowRoot.replaceChildren();
  }

  #fail(words, error) {
    console.error(`${TAG}:`, error);
    this.#stop();
    attempts += 1;
    const again = () => {
      this.#start();
      // The button is gone; whoever pressed it by keyboard should not have to start at the top of the page.
      const box = this.shadowRoot.firstChild;
      box.tabIndex = -1;
      box.focus();
    };
    this.#run = {};
    const standalone = this.hasAttribute('standalone');
    // Whoever is on our own page already gets the one that needs neither script nor wasm.
    const page = new URL(standalone ? 'plain' : '', HOME);
    page.searchParams.set('lang', languageOf(this));
    const alert = make('div', { role: 'alert' }, make('p', {}, words.failed), make('p', {}, words.advice));
    this.#show(words, [
      ...(standalone ? [] : [make('h2', {}, words.title)]),
      alert,
      make('p', {}, make('button', { type: 'button', onclick: again }, words.retry)),
      make('p', {}, make('a', { href: page, target: standalone ? '' : '_blank' }, words.open)),
      make('slot'),
    ]);
    // The office's telephone, if it can be had.
    fetch(new URL('api/v1/office', HOME))
      .then((answer) => answer.json())
      .then(({ contact: { telephone }, telephone_link: href }) => href && alert.append(make('p', {}, make('a', { href }, telephone))))
      .catch(() => {});
  }

  // A slot among the parts shows what the page itself has put into the element.
  #show(words, parts) {
    const box = make('div', { className: this.hasAttribute('standalone') ? 'wait bare' : 'wait', lang: words.lang }, ...parts);
    if (sheet) this.shadowRoot.adoptedStyleSheets = [sheet];
    this.shadowRoot.replaceChildren(box);
    return box;
  }
}

if (!customElements.get(TAG)) customElements.define(TAG, Precheck);
