// What the element's attributes say, in any spelling that a content management system writes them in, and which language that comes to.
// Decides only: nothing here touches the page, so that it is tried without a browser (`tests/scripts`).

/**
 * An attribute as it is meant: `EN`, ` en `.
 * @param {string | null | undefined} value
 */
export function plain(value) {
  return (value ?? '').trim().toLowerCase();
}

/**
 * The first of the languages wished for that there are words for: by the whole tag (`ja-easy`), else by its first part. `en_US`, `JA`
 * and `zh-Hans-CN` are as good as `en`, `ja` and `zh`.
 * @param {readonly (string | null | undefined)[]} wished
 * @param {readonly string[]} known
 * @returns {string}
 */
export function languageOf(wished, known) {
  for (const value of wished) {
    const tag = plain(value).replaceAll('_', '-');
    for (const name of [tag, tag.split('-')[0]]) if (name && known.includes(name)) return name;
  }
  // Whoever reads none of them reads English more likely than any other.
  return 'en';
}

/**
 * Where the element begins: `check` and `receipt` are other beginnings than the first step. `only` is what `start` was called first.
 * @param {Pick<Element, 'getAttribute'>} element
 */
export function startOf(element) {
  const start = plain(element.getAttribute('start') ?? element.getAttribute('only'));
  return start === 'check' || start === 'receipt' ? start : '';
}

/**
 * The colours asked for; empty where they are the device's.
 * @param {Pick<Element, 'getAttribute'>} element
 */
export function themeOf(element) {
  const theme = plain(element.getAttribute('theme'));
  return theme === 'light' || theme === 'dark' ? theme : '';
}

/**
 * Whether the page wants the widget in itself, not in a frame.
 * @param {Pick<Element, 'getAttribute'>} element
 */
export function wantsNoFrame(element) {
  return plain(element.getAttribute('isolation')) === 'none';
}

/**
 * The name under which an element keeps what is entered in it apart from others on the same page: empty for the first, then `2`, `3` …
 * @param {readonly string[]} taken
 */
export function freePlace(taken) {
  let at = 1;
  while (taken.includes(at === 1 ? '' : String(at))) at += 1;
  return at === 1 ? '' : String(at);
}

/**
 * The same from the name of the frame that our page stands in.
 * @param {string} name
 */
export function placeOfFrame(name) {
  return /^precheck-([1-9]\d?)$/.exec(name)?.[1] ?? '';
}
