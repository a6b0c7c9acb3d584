// What our page in a frame and the element around it say to each other: one type of message, with a version.
//
// A page may hold a loader of yesterday around a frame of today: for 30 days after this release (until 2027-01) a frame also speaks and
// understands what that loader does. What is marked `yesterday` goes then.

/**
 * @typedef {{ kind: 'hello' }
 *   | { kind: 'theme', theme: string }
 *   | { kind: 'height', height: number }
 *   | { kind: 'focus', top: number }
 *   | { kind: 'event', name: string, value: string }} Message
 */

const VERSION = 1;

/**
 * A message as it is posted.
 * @param {Message} message
 */
export function written(message) {
  return { precheck: VERSION, ...message, ...yesterday(message) };
}

/** @param {Message} message */
function yesterday(message) {
  switch (message.kind) {
    case 'height':
      return { precheckHeight: message.height };
    case 'focus':
      return { precheckFocus: message.top };
    case 'event':
      return { precheckTold: message.name };
    default:
      return {};
  }
}

/**
 * A message that has come; nothing where it is none of ours, or of a version that is not understood.
 * @param {unknown} data
 * @returns {Message | undefined}
 */
export function read(data) {
  if (data === 'precheck:height') return { kind: 'hello' };
  if (typeof data !== 'object' || data === null) return undefined;
  const it = /** @type {Record<string, unknown>} */ (data);
  if (typeof it.precheckTheme === 'string') return { kind: 'theme', theme: it.precheckTheme };
  if (it.precheck !== VERSION) return undefined;
  if (it.kind === 'hello') return { kind: 'hello' };
  if (it.kind === 'theme' && typeof it.theme === 'string') return { kind: 'theme', theme: it.theme };
  if (it.kind === 'height' && isLength(it.height)) return { kind: 'height', height: it.height };
  if (it.kind === 'focus' && isLength(it.top)) return { kind: 'focus', top: it.top };
  if (it.kind === 'event' && typeof it.name === 'string') return { kind: 'event', name: it.name, value: String(it.value) };
  return undefined;
}

/**
 * @param {unknown} value
 * @returns {value is number}
 */
function isLength(value) {
  return typeof value === 'number' && Number.isFinite(value);
}
