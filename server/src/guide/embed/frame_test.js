// Tells the page around it, which asks, what a frame of ours may do there. It says nothing of the person.
"use strict";
addEventListener("message", ({ source, origin, data }) => {
  if (source !== parent || data !== "precheck:test") return;
  const policy = document.permissionsPolicy ?? document.featurePolicy;
  // `null`: this browser does not tell.
  const may = (name) => (policy ? policy.allowsFeature(name) : null);
  const answer = { camera: may("camera"), microphone: may("microphone"), secure: isSecureContext };
  source.postMessage({ precheckTest: answer }, origin === "null" ? "*" : origin);
});
