// Stands in the head of our own page and runs before anything is painted: whether the page is in a frame, and whether the first step that
// the server has drawn is what this tab goes on with. Where the address names another screen, or the tab has kept answers, an empty first
// step would flash up and be pressed in vain: its place is kept, and the loader says that the rest is coming.

import { placeOfFrame } from './attributes.js';
import { hasKept, keptAt } from './decide.js';

const { classList, dataset } = document.documentElement;
if (parent !== window) classList.add('framed');
let kept = null;
try {
  kept = sessionStorage.getItem(keptAt(parent === window ? '' : placeOfFrame(window.name)));
} catch {
  // A page in a sandbox keeps nothing.
}
const isElsewhere = /^#\/(?!conditions)./.test(location.hash);
if (dataset.posted === undefined && (isElsewhere || hasKept(kept, dataset.language ?? ''))) {
  classList.add('waits');
  // Where the loader never comes, the form is better than nothing.
  setTimeout(() => customElements.get('online-counselling-precheck') || classList.remove('waits'), 10000);
}
