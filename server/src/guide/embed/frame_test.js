// Tells the page around it, which asks, what a frame of ours may do there. It says nothing of the person.
'use strict';
addEventListener('message', ({ source, origin, data }) => {
  // The second is how the self-test of the release before asks; its answer is `precheckTest`.
  const isAsked = (data?.precheck === 1 && data.kind === 'test') || data === 'precheck:test';
  if (source !== parent || !isAsked) return;
  const policy = document.permissionsPolicy ?? document.featurePolicy;
  // `null`: this browser does not tell.
  const may = (/** @type {string} */ name) => (policy ? policy.allowsFeature(name) : null);
  const allowed = { camera: may('camera'), microphone: may('microphone'), secure: isSecureContext };
  parent.postMessage({ precheck: 1, kind: 'tested', ...allowed, precheckTest: allowed }, origin === 'null' ? '*' : origin);
});
