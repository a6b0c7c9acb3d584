// What the page around the element is like: where the element stands, what it holds, what the browser lets the page do.

import { HOME, make, pause, SERVER, words } from './around.js';
import { findingIn, gradeOf, isAbout, isSwallowing, lackedIn } from './judge.js';

/** @import { Grade } from '../bundle.js' */
/** @import { Content, Finding } from './judge.js' */

/** Where our own first step stands, which is no word of the page's. */
const OURS = '.place, [data-form]';

/**
 * What the page's policy forbids of ours while we look, told by the browser to the page alone.
 * @type {{ directive: string, blocked: string }[]}
 */
const violations = [];
document.addEventListener('securitypolicyviolation', ({ effectiveDirective, violatedDirective, blockedURI, disposition }) => {
  if (disposition !== 'report') violations.push({ directive: effectiveDirective || violatedDirective, blocked: blockedURI });
});

/**
 * The directive that forbids an address of ours.
 * @param {string} kind
 * @param {string} address
 */
export function forbids(kind, address) {
  return violations.find((it) => isAbout(it, kind, address))?.directive;
}

/**
 * @param {string} code
 * @param {Grade} grade
 * @param {Record<string, string | number>} values
 */
export function finding(code, grade, values = {}) {
  return findingIn(words, code, grade, values);
}

export async function compiles() {
  try {
    await WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
    return true;
  } catch {
    return false;
  }
}

export function enforcesTrustedTypes() {
  if (!window.trustedTypes) return false;
  try {
    make('div', {}).innerHTML = '';
    return false;
  } catch {
    return true;
  }
}

/** What this page's own policy says of camera and microphone; a browser that does not tell says nothing. */
export function ownPolicy() {
  const policy = document.permissionsPolicy ?? document.featurePolicy;
  const may = (/** @type {string} */ name) => policy?.allowsFeature(name) ?? null;
  return { camera: may('camera'), microphone: may('microphone') };
}

/**
 * What somebody may use, and the header that lends it.
 * @param {{ camera?: boolean | null, microphone?: boolean | null }} allowed
 * @param {boolean} isFrame
 */
export function mayUse({ camera, microphone }, isFrame) {
  const to = isFrame ? `(self "${SERVER}")` : '(self)';
  const permissions = `camera=${to}, microphone=${to}`;
  return [finding('camera', gradeOf(camera), { permissions }), finding('microphone', gradeOf(microphone), { permissions })];
}

/**
 * What the sandbox says that this page is framed in; nothing where that cannot be read.
 * @returns {string[] | null}
 */
function sandboxAround() {
  try {
    const sandbox = window.frameElement?.getAttribute('sandbox');
    return typeof sandbox === 'string' ? sandbox.split(/\s+/) : null;
  } catch {
    return null;
  }
}

/** What a sandbox around the page forbids. */
export function looksAtSandbox() {
  if (self.origin === 'null') return [finding('sandbox', 'bad')];
  const lacked = lackedIn(sandboxAround());
  return lacked.length ? [finding('lacking', 'caution', { lacked: lacked.join(' ') })] : [];
}

/**
 * What the page has written between the element's tags.
 * @param {HTMLElement} element
 * @returns {Content}
 */
function contentOf(element) {
  const ours = [...element.children].filter((it) => it.matches(OURS));
  const isTheirs = (/** @type {Node} */ node) => !ours.some((it) => it.contains(node));
  const tags = [...element.querySelectorAll('*')].filter(isTheirs).map((it) => it.localName);
  const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  let letters = 0;
  while (texts.nextNode()) {
    const { currentNode } = texts;
    const isShown = !currentNode.parentElement?.matches('noscript, script, style');
    if (isShown && isTheirs(currentNode)) letters += (currentNode.textContent ?? '').replace(/\s/g, '').length;
  }
  return { tags, letters };
}

/**
 * What surrounds an element, out of shadow roots too.
 * @param {Element} element
 */
function* ancestry(element) {
  /** @type {Element | null} */
  let it = element;
  while (it) {
    yield it;
    const root = it.getRootNode();
    it = it.parentElement ?? (root instanceof ShadowRoot ? root.host : null);
  }
}

/**
 * A page may have taken the element's own box away: its content counts.
 * @param {Element} element
 */
function boxOf(element) {
  const boxes = [element, ...(element.shadowRoot?.children ?? [])].map((it) => it.getBoundingClientRect());
  return boxes.find((it) => it.width > 0 && it.height > 0);
}

/**
 * How the element stands on the page.
 * @param {HTMLElement} element
 * @returns {Finding[]}
 */
export function looksAt(element) {
  const found = isSwallowing(contentOf(element)) ? [finding('swallowed', 'bad')] : [];
  const box = boxOf(element);
  const styles = [...ancestry(element)].map((it) => ({ it, style: getComputedStyle(it) }));
  const isHidden = styles.some(({ style }) => style.opacity === '0') || styles[0].style.visibility !== 'visible';
  if (!box || isHidden) return [...found, finding('seen', 'bad')];
  const width = Math.round(box.width);
  found.push(width < 288 ? finding('narrow', 'caution', { width }) : finding('seen', 'good', { width }));
  const cutter = styles.slice(1).find(({ it, style }) => {
    const isCutting = ['hidden', 'clip'].includes(style.overflowY) && it !== document.body && it !== document.documentElement;
    return isCutting && it.clientHeight < it.scrollHeight - 1 && it.getBoundingClientRect().bottom < box.bottom - 1;
  });
  if (cutter) {
    const { localName, id } = cutter.it;
    found.push(finding('cut', 'caution', { parent: id ? `${localName}#${id}` : localName }));
  }
  return found;
}

/**
 * A small page of ours in a frame like the element's: what a frame may do here, only a frame can tell.
 * @param {ShadowRoot} root
 * @param {number} patience in milliseconds
 */
export async function asksFrame(root, patience) {
  const src = new URL('embed/frame-test', HOME).href;
  const frame = make('iframe', { src, title: words.title, allow: 'camera; microphone; clipboard-write', tabIndex: -1 });
  frame.setAttribute('aria-hidden', 'true');
  const end = new AbortController();
  /** @type {Promise<{ camera: boolean | null, microphone: boolean | null } | undefined>} */
  const answered = new Promise((resolve) => {
    addEventListener(
      'message',
      ({ source, origin, data }) => {
        const isAnswer = source === frame.contentWindow && origin === SERVER && data?.precheck === 1 && data.kind === 'tested';
        if (isAnswer) resolve({ camera: data.camera, microphone: data.microphone });
      },
      { signal: end.signal },
    );
    // What is refused loads as well, as a page of the browser's own, which is not asked.
    frame.onload = () => {
      if (!forbids('frame-src', src)) frame.contentWindow?.postMessage({ precheck: 1, kind: 'test' }, SERVER);
    };
    document.addEventListener('securitypolicyviolation', () => forbids('frame-src', src) && resolve(undefined), { signal: end.signal });
  });
  root.append(frame);
  const answer = await Promise.race([answered, pause(patience).then(() => undefined)]);
  end.abort();
  frame.remove();
  return { answer, directive: answer ? undefined : forbids('frame-src', src) };
}
