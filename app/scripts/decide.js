// What the scripts decide without looking at the page.

/**
 * Whether a browser compiles what is sent with this content type while it arrives: it takes this very type, and no parameter.
 * @param {string | null} type
 */
export function isWasm(type) {
  return type?.trim().toLowerCase() === 'application/wasm';
}

/**
 * A field of the widget that stands for one of a form that the server has drawn: the same name, with the widget's prefix.
 * @param {string} id
 */
export function counterpart(id) {
  return id.startsWith('f-') ? id : `f-${id}`;
}

/**
 * Where the tab keeps what was answered (app/src/keep.rs).
 * @param {string} place
 */
export function keptAt(place) {
  return `precheck-v1${place && '-'}${place}`;
}

/**
 * Whether the tab has kept answers, or another language: then the widget begins with those, and an empty first step would only be
 * in the way.
 * @param {string | null} kept
 * @param {string} language
 */
export function hasKept(kept, language) {
  try {
    const it = JSON.parse(kept ?? '{}');
    // What the program has found out by itself is no answer.
    const { eligibility = [], agreed = [], acknowledged = [], own_device } = it.plain ?? {};
    const answered = [...eligibility, ...agreed, ...acknowledged].some(Boolean) || typeof own_device === 'boolean';
    return Boolean(answered || it.shared_device || (it.language && it.language !== language));
  } catch {
    return false;
  }
}
