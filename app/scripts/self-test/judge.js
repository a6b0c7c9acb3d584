// What the self-test decides, without a page: each from a plain description of what is there.

/** @import { FindingWords, Grade, SelfTestWords } from '../bundle.js' */

/**
 * Something that was looked at.
 * @typedef {object} Finding
 * @property {string} code which matter
 * @property {Grade} grade
 * @property {string} what
 * @property {string | undefined} why
 * @property {string | undefined} cure
 */

/**
 * What stands between the tags of the element, our own first step left out.
 * @typedef {object} Content
 * @property {string[]} tags the names of all elements, however deep
 * @property {number} letters of text, white space left out
 */

/** Parts of a page that no office writes between our tags. */
const OF_A_PAGE = 'aside footer form h1 header iframe main nav online-counselling-precheck script section'.split(' ');

/** What an office writes there is a sentence, a telephone number and a link. */
const MOST_LETTERS = 1000;
const MOST_ELEMENTS = 40;

/**
 * Whether the element has swallowed what follows it on the page. HTML knows no tag that closes itself: after
 * `<online-counselling-precheck/>` the rest of the page stands inside, and is not shown.
 * @param {Content} content
 */
export function isSwallowing({ tags, letters }) {
  return letters > MOST_LETTERS || tags.length > MOST_ELEMENTS || tags.some((it) => OF_A_PAGE.includes(it.toLowerCase()));
}

/** What the widget needs of a sandbox, and what for. */
const NEEDED = ['allow-scripts', 'allow-same-origin', 'allow-forms', 'allow-popups', 'allow-downloads', 'allow-modals'];

/**
 * What a sandbox does not allow that the widget needs. A page outside any lacks nothing.
 * @param {readonly string[] | null} tokens
 */
export function lackedIn(tokens) {
  return tokens ? NEEDED.filter((it) => !tokens.some((token) => token.toLowerCase() === it)) : [];
}

/**
 * @param {boolean | null | undefined} isAllowed `null` where the browser does not tell
 * @returns {Grade}
 */
export function gradeOf(isAllowed) {
  if (isAllowed === true) return 'good';
  return isAllowed === false ? 'bad' : 'unknown';
}

/**
 * A text with values in its gaps. A gap that has none stays.
 * @param {string} text
 * @param {Record<string, string | number>} values
 */
export function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (gap, name) => String(values[name] ?? gap));
}

/**
 * Whether a policy's violation is about an address of ours. Browsers cut the address of a frame to its origin.
 * @param {{ directive: string, blocked: string }} violation
 * @param {string} kind how the directive begins
 * @param {string} address
 */
export function isAbout({ directive, blocked }, kind, address) {
  return directive.startsWith(kind) && address.startsWith(blocked);
}

/**
 * @param {SelfTestWords} words
 * @param {string} code
 * @param {Grade} grade
 * @param {Record<string, string | number>} values
 * @returns {Finding}
 */
export function findingIn(words, code, grade, values) {
  /** @type {FindingWords} */
  const own = words.findings[code];
  const cure = grade === 'unknown' ? own.elsewhere : own.cure;
  const isToBeMended = grade !== 'good';
  return {
    code,
    grade,
    what: filled(own[grade] ?? '', values),
    why: isToBeMended && own.why ? filled(own.why, values) : undefined,
    cure: isToBeMended && cure ? filled(cure, values) : undefined,
  };
}

/**
 * What is to be mended comes first.
 * @param {readonly Finding[]} found
 */
export function inOrder(found) {
  /** @type {Grade[]} */
  const order = ['bad', 'caution', 'unknown', 'good'];
  return [...found].sort((a, b) => order.indexOf(a.grade) - order.indexOf(b.grade));
}

/**
 * All in one, and whether anything is in the way.
 * @param {SelfTestWords} words
 * @param {readonly Finding[]} found
 */
export function verdictOn(words, found) {
  const count = found.filter((it) => it.grade === 'bad').length;
  return { isBad: count > 0, told: count ? filled(words.bad, { count }) : words.good };
}

/**
 * What goes into a mail to whoever helps.
 * @param {SelfTestWords} words
 * @param {string} verdict
 * @param {readonly Finding[]} found
 * @param {{ page: string, browser: string }} where
 */
export function asText(words, verdict, found, { page, browser }) {
  const lines = found.flatMap(({ grade, what, why, cure }) => [
    `[${words.grades[grade]}] ${what}`,
    ...(why ? [filled(words.why, { text: why })] : []),
    ...(cure ? [filled(words.cure, { text: cure })] : []),
  ]);
  return [words.title, page, browser, '', verdict, ...lines].join('\n');
}
