// Stands at the end of our own page: inside a frame it tells the page around it at once how high it is, so that the frame is shown before
// anything else has come. A height is no secret; who may be around us is decided by the server's `frame-ancestors`.

import { written } from './protocol.js';

if (parent !== window) {
  parent.postMessage(written({ kind: 'height', height: Math.ceil(document.body.getBoundingClientRect().height) }), '*');
}
