// Brings the widget: into the element on a page of our own origin or where the page wishes no frame, and onto our own page, where it takes
// over the form that the server has drawn.
//
// The loader fetches this file when it is needed; our own pages name it themselves, so that it costs them no round trip. Where a page's
// policy or the browser refuses the widget, our page in a frame is what remains; on our own page the form goes on without it.

import { HERE, HOME, IS_OURS } from './addresses.js';
import { standBy, teller } from './around.js';
import { placeOfFrame, startOf, wantsNoFrame } from './attributes.js';
import { isWasm } from './decide.js';
import { showFirstStep } from './first-step.js';
import { isRefused, onDeath } from './health.js';
import { answerHost, paint, tellHost } from './host.js';
import { takeOver } from './take-over.js';

/** @typedef {import('./types.js').Run} Run */
/** @typedef {import('./bundle.js').Mounted} Mounted */
/** @typedef {import('./bundle.js').Glue} Glue */

const FRESH = new URL(import.meta.url).search;
const API = new URL('api/v1', HOME);
const WASM = '%WASM%';
const GLUE = '%GLUE%';
/** @type {Record<string, string>} */
const TEXTS = JSON.parse('%TEXTS%');
const SHARES_SHEETS = 'adoptedStyleSheets' in Document.prototype;

// What all elements of a page share. After a failure the loader takes another copy of this module.
/** @type {Promise<WebAssembly.Module> | undefined} */
let module;
/** @type {Map<string, Promise<Glue>>} */
const instances = new Map();
/** @type {Promise<CSSStyleSheet | undefined> | undefined} */
let sheet;
/** @type {Set<Run>} */
const mounted = new Set();

/**
 * @param {string} file
 * @param {RequestInit} [options]
 */
async function get(file, options) {
  const answer = await fetch(new URL(file, HERE), options);
  if (!answer.ok) throw new Error(`${file}: ${answer.status}`);
  return answer;
}

/** Compiles while it arrives, where the answer says what it is; filters and some servers change that, and the bytes are as good. */
async function compile() {
  const answer = await get(WASM, { integrity: '%WASM_INTEGRITY%' });
  const streams = 'compileStreaming' in WebAssembly && isWasm(answer.headers.get('content-type'));
  return streams ? WebAssembly.compileStreaming(answer) : WebAssembly.compile(await answer.arrayBuffer());
}

/**
 * The widget's functions. Each place has an instance of its own, so that nothing of one is another's; all are of one module.
 * @param {string} place
 */
function instance(place) {
  module ??= compile();
  let glue = instances.get(place);
  if (!glue) {
    const address = new URL(GLUE + FRESH, HERE);
    if (place) address.searchParams.set('place', place);
    glue = Promise.all([/** @type {Promise<Glue>} */ (import(address.href)), module]).then(async ([glue, module]) => {
      await glue.default(module);
      return glue;
    });
    instances.set(place, glue);
  }
  return glue;
}

function sheetOf() {
  sheet ??= SHARES_SHEETS
    ? get('%CSS%')
        .then((answer) => answer.text())
        .then((css) => new CSSStyleSheet().replace(css))
    : Promise.resolve(undefined);
  return sheet;
}

/** @param {Run} run */
export async function begin(run) {
  run.tell ??= teller(run.element);
  if (!IS_OURS && !wantsNoFrame(run.element)) {
    standBy(run);
    return;
  }
  try {
    await mount(run);
  } catch (error) {
    if (!(await isRefused(error))) throw error;
    console.warn(error);
    if (run.signal.aborted) return;
    if (run.standalone) withoutWidget(run);
    else standBy(run);
  }
}

/**
 * Our own page goes on without the widget: from page to page, and nobody tries again on the next one.
 * @param {Run} run
 */
function withoutWidget({ element, slow }) {
  clearTimeout(slow);
  const form = element.querySelector('form');
  const page = new URL(location.href);
  page.pathname = page.pathname.replace(/check\/?$/, '');
  page.searchParams.set('plain', 'yes');
  if (!form) {
    location.replace(page);
    return;
  }
  // A receipt has a page of its own there.
  if (location.hash.startsWith('#/receipt')) {
    page.pathname += 'receipt';
    page.hash = '';
    location.replace(page);
    return;
  }
  const { classList } = document.documentElement;
  classList.remove('waits');
  classList.add('no-widget');
  const plain = form.querySelector('input[name=plain]');
  if (plain instanceof HTMLInputElement) plain.value = 'yes';
  element.shadowRoot?.replaceChildren(document.createElement('slot'));
}

/** @param {Run} run */
async function mount(run) {
  const { element, language, signal, standalone } = run;
  const root = /** @type {ShadowRoot} */ (element.shadowRoot);
  if (!globalThis.WebAssembly) throw new Error('no WebAssembly');
  const office = fetch(`${API}/office`, { cache: 'no-store' });
  // Whoever waits for it hears of a failure; the console need not.
  office.catch(() => {});
  const at = run.place || (parent === window ? '' : placeOfFrame(window.name));
  showFirstStep(run, sheetOf());
  const [glue, shared] = await Promise.all([instance(at), sheetOf()]);
  if (signal.aborted) return;
  const place = document.createElement('div');
  place.className = 'place';
  if (!shared) await link(root);
  // Without it there is no widget: a page whose origin is not allowed gets the words that say so.
  if (!standalone) await office;
  if (signal.aborted) return;
  // What stands there stays until there is a screen, so that nothing jumps.
  place.hidden = true;
  root.append(place);
  mounted.add(run);
  signal.addEventListener('abort', () => mounted.delete(run));
  /** @type {Mounted | undefined} */
  let widget;
  const form = standalone ? element.querySelector('form') : null;
  const waits = document.documentElement.classList.contains('waits');
  /** @param {string} name @param {string} value */
  const tell = (name, value) => {
    run.tell?.(name, value);
    if (standalone) tellHost({ kind: 'event', name, value });
    if (name === 'ready') appear();
  };
  let appeared = false;
  const appear = async () => {
    if (appeared) return;
    appeared = true;
    clearTimeout(run.slow);
    // A screen that was drawn meanwhile counts; one that is still to come is too late.
    const first = form && !waits ? { form, place: form.closest('.place') ?? form } : await Promise.race([run.first, undefined]);
    // The state that was told of is drawn in this very task.
    await new Promise((done) => setTimeout(done));
    if (signal.aborted) return;
    const show = () => {
      if (shared && !root.adoptedStyleSheets.includes(shared)) root.adoptedStyleSheets = [...root.adoptedStyleSheets, shared];
      root.querySelector('.wait, .drawn')?.remove();
      place.hidden = false;
      document.documentElement.classList.remove('waits');
    };
    if (first && widget) await takeOver(first, widget, place, show, signal);
    else show();
    form?.closest('.place')?.remove();
    performance.mark?.('precheck:interactive');
  };
  if (standalone) nameThePage(run, place);
  widget = glue.mount(place, {
    language,
    api: API.href,
    assets: HERE.href,
    texts: TEXTS,
    standalone,
    office,
    start: startOf(element),
    place: at,
    tell,
  });
  run.unmount = () => widget?.unmount();
}

/**
 * The page's title and language follow the step that is shown and the language that it is shown in.
 * @param {Run} run
 * @param {Element} place
 */
function nameThePage({ signal, titles }, place) {
  const name = () => {
    const shown = /** @type {HTMLElement | null} */ (place.firstElementChild);
    const heading = /** @type {Element | undefined} */ (place.querySelector('[data-heading]')?.cloneNode(true));
    if (!heading || !shown) return;
    for (const reading of heading.querySelectorAll('rt')) reading.remove();
    document.documentElement.lang = shown.lang;
    document.title = `${heading.textContent} | ${titles.find((it) => it.lang === shown.lang)?.title}`;
  };
  const watch = new MutationObserver(name);
  watch.observe(place, { childList: true, subtree: true });
  signal.addEventListener('abort', () => watch.disconnect());
}

/**
 * @param {ShadowRoot} root
 * @returns {Promise<unknown>}
 */
function link(root) {
  return new Promise((onload, onerror) => {
    root.prepend(Object.assign(document.createElement('link'), { rel: 'stylesheet', href: new URL('%CSS%', HERE), onload, onerror }));
  });
}

// On our own page this runs before that page has loaded, so that it answers the first question.
const own = IS_OURS && document.querySelector('online-counselling-precheck[standalone]');
if (own) {
  // The answer to a form has no address of its own, and carries the colours in itself.
  paint(own, new URLSearchParams(location.search).get('theme') ?? document.documentElement.dataset.theme ?? null);
  if (parent !== window) answerHost(own);
}

onDeath([WASM, GLUE], (report) => {
  for (const run of [...mounted]) run.fail(report, 'died');
});
