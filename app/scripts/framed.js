// In a frame our page has neither header nor footer: the page around it has its own. Inline in the head, so that they are never seen.
//
// The server leaves these comments out; the policy of the page names the hash of the rest.
if (parent !== window) document.documentElement.classList.add('framed');
