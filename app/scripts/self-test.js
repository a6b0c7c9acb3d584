// The self-test of the element, for the editor of the page that holds it: opened by `#precheck-self-test` at the end of the page's
// address, or by the attribute `self-test`. No visitor downloads it.
//
// It tries what the element needs on this very page (its origin, a frame of ours, what a frame may use, WebAssembly, its place) and
// says of each: what, why it matters, what to write where. It stands in a dialog of its own, so that nothing on the page can hide
// it.

import { HOME, LANGUAGE, make, pause, SERVER, words } from './self-test/around.js';
import { asText, filled, inOrder, verdictOn } from './self-test/judge.js';
import {
  asksFrame,
  compiles,
  enforcesTrustedTypes,
  finding,
  forbids,
  looksAt,
  looksAtSandbox,
  mayUse,
  ownPolicy,
} from './self-test/page.js';

/** @import { Finding } from './self-test/judge.js' */

/** How long a frame may take, in milliseconds. */
const PATIENCE = 8000;

const STYLE =
  'dialog{box-sizing:border-box;width:min(720px,100vw - 16px);max-height:calc(100vh - 16px);overflow:auto;padding:16px;border:2px solid #333;border-radius:8px;' +
  'background:#fff;color:#333;font:16px/1.7 sans-serif;text-align:start;overflow-wrap:anywhere}' +
  'dialog::backdrop{background:rgb(0 0 0/.5)}h2{margin:0 0 8px;font-size:24px;line-height:1.5}p{margin:0 0 8px}ul{margin:0;padding:0;list-style:none}' +
  'li{padding:8px 0;border-top:1px solid #949494}li p{margin:0}b{display:inline-block;margin-inline-end:8px;padding:0 8px;border:1px solid;border-radius:99px;font-size:14px}' +
  '[data-grade=good] b{color:#197a4b}[data-grade=bad] b{color:#ce0000}' +
  'button{min-height:44px;margin:8px 8px 0 0;padding:8px 24px;border:1px solid #0017c1;border-radius:8px;background:#fff;color:#0017c1;font:inherit;font-weight:700}' +
  'a{color:#0017c1}textarea:not([hidden]){box-sizing:border-box;display:block;width:100%;min-height:120px;margin-top:8px;font:14px/1.6 monospace}' +
  ':focus-visible{outline:4px solid #000;outline-offset:2px;box-shadow:0 0 0 2px #ffd43d}iframe{position:absolute;width:1px;height:1px;border:0;opacity:0}';

/**
 * Whether the server answers at all, and whether it answers this page: yes, no, or the directive that forbids asking.
 * @param {string} path
 * @returns {Promise<boolean | { directive: string }>}
 */
async function reaches(path) {
  const address = new URL(path, HOME).href;
  try {
    return (await fetch(address, { cache: 'no-store', credentials: 'omit' })).ok;
  } catch {
    // The event comes a moment after the failure.
    await pause(50);
    const directive = forbids('connect-src', address) ?? forbids('default-src', address);
    return directive ? { directive } : false;
  }
}

/**
 * @param {HTMLElement} element
 * @param {ShadowRoot} root
 * @returns {Promise<Finding[]>}
 */
async function findings(element, root) {
  const found = [finding('secure', isSecureContext ? 'good' : 'bad'), ...looksAtSandbox()];
  const isFrame = SERVER !== location.origin && element.getAttribute('isolation') !== 'none';
  const values = { origin: location.origin, server: SERVER };
  if (window !== top) found.push(finding('framed', 'caution'));

  const office = await reaches('api/v1/office');
  // The loader is given to everybody: if it comes and the office does not, this page is not permitted.
  const isRefused = office === false && (await reaches('embed/v1/precheck.js')) === true;
  const { answer, directive } = isFrame ? await asksFrame(root, PATIENCE) : {};
  if (office === true || (answer && !isRefused)) found.push(finding('allowed', 'good', values));
  else if (isRefused) found.push(finding('allowed', 'bad', values));
  else if (office === false) found.push(finding('reached', 'bad', values));
  else found.push(finding('allowed', 'unknown', values));
  if (!isFrame && typeof office === 'object') found.push(finding('fetch', 'bad', { ...values, directive: office.directive }));

  if (!isFrame) {
    found.push(finding('compile', (await compiles()) ? 'good' : 'bad'), ...mayUse(ownPolicy(), isFrame));
  } else if (directive) found.push(finding('frame', 'bad', { ...values, directive }));
  else if (answer) found.push(finding('frame', 'good'), ...mayUse(answer, isFrame));
  // Where the page is not permitted, the silence of the frame is explained.
  else if (!isRefused) found.push(finding('silent', 'bad'));

  const script = forbids('script-src-elem', new URL('embed/v1/', HOME).href);
  if (script) found.push(finding('script', 'bad', { ...values, directive: script }));
  if (enforcesTrustedTypes()) found.push(finding('trusted', 'good'));
  return inOrder([...found, ...looksAt(element)]);
}

/** @param {Finding} finding */
function line({ code, grade, what, why, cure }) {
  const item = make('li', {}, make('p', {}, make('b', {}, words.grades[grade]), what));
  item.dataset.grade = grade;
  item.dataset.code = code;
  if (why) item.append(make('p', {}, filled(words.why, { text: why })));
  if (cure) item.append(make('p', {}, filled(words.cure, { text: cure })));
  return item;
}

/**
 * The page of ours that says what this page has to allow.
 * @param {HTMLElement} element
 */
function guideFor(element) {
  const page = new URL(location.href);
  page.hash = '';
  const guide = new URL('embed', HOME);
  guide.search = `${new URLSearchParams({ page: page.href, isolation: element.getAttribute('isolation') ?? '', lang: LANGUAGE })}`;
  return `${guide.href}#headers-needed`;
}

let isOpen = false;

/**
 * Opens the dialog, for the first element of the page that asks.
 * @param {HTMLElement} element
 */
export default async function show(element) {
  if (isOpen) return;
  isOpen = true;
  // At the document's root and out of reach of the page's styles, whatever they hide.
  const place = make('div', { id: 'precheck-self-test-result', lang: LANGUAGE });
  place.style.setProperty('all', 'initial', 'important');
  place.style.setProperty('display', 'block', 'important');
  const root = place.attachShadow({ mode: 'open' });
  if ('adoptedStyleSheets' in root) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
  }
  const status = make('p', { role: 'status' }, words.running);
  const list = make('ul', {});
  const dialog = make('dialog', {}, make('h2', { id: 'title', tabIndex: -1 }, words.title), make('p', {}, words.about), status, list);
  dialog.setAttribute('aria-labelledby', 'title');
  const close = make('button', { type: 'button', onclick: () => dialog.close() }, words.close);
  dialog.append(close);
  dialog.onclose = () => {
    place.remove();
    isOpen = false;
  };
  root.append(dialog);
  document.documentElement.append(place);
  dialog.showModal();

  const found = await findings(element, root);
  const { isBad, told } = verdictOn(words, found);
  list.append(...found.map(line));
  const report = asText(words, told, found, { page: location.href, browser: navigator.userAgent });
  const text = make('textarea', { readOnly: true, hidden: true, value: report });
  text.setAttribute('aria-label', words.text);
  const copy = make('button', { type: 'button' }, words.copy);
  copy.onclick = async () => {
    try {
      await navigator.clipboard.writeText(text.value);
      status.replaceChildren(words.copied);
    } catch {
      text.hidden = false;
      text.focus();
      text.select();
      status.replaceChildren(words.selected);
    }
  };
  close.before(make('p', {}, make('a', { href: guideFor(element), target: '_blank' }, words.more)), copy);
  close.after(text);
  status.replaceChildren(told);
  dialog.dataset.verdict = isBad ? 'bad' : 'good';
}
