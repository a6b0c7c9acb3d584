// What the element does once somebody comes near it: the widget in its shadow root, or our own page in a frame.
//
// The loader fetches this file when it is needed; our own pages name it themselves, so that it costs them no round trip. On another
// site's page it makes a frame, so that the scripts of that page cannot read what somebody types. Where a page's policy or the
// browser refuses the widget, the frame is what remains; on our own page, the one without wasm.

const FRESH = new URL(import.meta.url).search;
const HERE = new URL('.', import.meta.url);
const HOME = new URL('../../', HERE);
const API = new URL('api/v1', HOME);
const WASM = '%WASM%';
const GLUE = '%GLUE%';
const TEXTS = JSON.parse('%TEXTS%');
const IS_OURS = HERE.origin === location.origin;
const SHARES_SHEETS = 'adoptedStyleSheets' in Document.prototype;

// What all elements of a page share. After a failure the loader takes another copy of this module.
let engine;
const mounted = new Set();

function load() {
  engine ??= (async () => {
    const [glue, module, sheet] = await Promise.all([
      import(new URL(GLUE + FRESH, HERE)),
      WebAssembly.compileStreaming(get(WASM, { integrity: '%WASM_INTEGRITY%' })),
      SHARES_SHEETS && get('%CSS%').then((answer) => answer.text()).then((css) => new CSSStyleSheet().replace(css)),
    ]);
    await glue.default(module);
    return { glue, sheet };
  })();
  return engine;
}

async function get(file, options) {
  const answer = await fetch(new URL(file, HERE), options);
  if (!answer.ok) throw new Error(`${file}: ${answer.status}`);
  return answer;
}

// Where the element begins. `only` is what `start` was called first, for the check alone.
function startOf(element) {
  const start = element.getAttribute('start') ?? element.getAttribute('only');
  return start === 'check' || start === 'receipt' ? start : '';
}

function themeOf(element) {
  const theme = element.getAttribute('theme');
  return theme === 'light' || theme === 'dark' ? theme : '';
}

// An address of ours with the reader's language and colours.
function pageOf({ element, language }, path) {
  const page = new URL(path, HOME);
  page.searchParams.set('lang', language);
  if (themeOf(element)) page.searchParams.set('theme', themeOf(element));
  return page;
}

// Tells the page around the element what has happened, without anything about the person: that it is ready, each step when
// another one is shown, and each request that was accepted.
function teller({ element }) {
  let step, isReady;
  const fire = (name, detail) => element.dispatchEvent(new CustomEvent(`precheck-${name}`, { bubbles: true, composed: true, detail }));
  return (name, value) => {
    if (name === 'step') {
      if (step === value) return;
      step = value;
      if (isReady) fire(name, { step });
    } else if (name === 'sent') {
      fire(name, {});
    } else if (name === 'ready' && !isReady) {
      isReady = true;
      fire(name, { language: value });
      if (step) fire('step', { step });
    }
  };
}

// What a policy has forbidden us fails like a bad line; only this tells it from one.
let isForbidden = false;
addEventListener('securitypolicyviolation', ({ blockedURI, disposition }) => {
  isForbidden ||= disposition === 'enforce' && (blockedURI.startsWith(HOME) || /^(wasm|trusted)/.test(blockedURI));
});

// Whether the widget cannot run here at all, however often one tries: no wasm, an old one, or one that a policy refuses.
async function isRefused({ name }) {
  // The browser tells of a violation after the failure.
  await new Promise((done) => setTimeout(done, 100));
  return isForbidden || !globalThis.WebAssembly?.compileStreaming || /^(Compile|Link|Eval)Error$/.test(name);
}

export async function begin(run) {
  run.tell = teller(run);
  if (!IS_OURS && run.element.getAttribute('isolation') !== 'none') {
    frame(run);
    return;
  }
  try {
    await mount(run);
  } catch (error) {
    if (!(await isRefused(error))) throw error;
    console.warn(error);
    if (run.signal.aborted) return;
    if (!run.standalone) frame(run);
    else {
      // Whoever made the frame around this page hears no more from it.
      parent.postMessage({ precheckPlain: true }, '*');
      location.replace(pageOf(run, location.hash.startsWith('#/receipt') ? 'plain/receipt' : 'plain'));
    }
  }
}

async function mount(run) {
  const { element, language, signal, standalone } = run;
  const root = element.shadowRoot;
  if (!globalThis.WebAssembly) throw new Error('no WebAssembly');
  const office = fetch(`${API}/office`, { cache: 'no-store' });
  // Whoever waits for it hears of a failure; the console need not.
  office.catch(() => {});
  const { glue, sheet } = await load();
  if (signal.aborted) return;
  const place = document.createElement('div');
  place.className = 'place';
  if (!sheet) await link(root);
  // Without it there is no widget: a page whose origin is not allowed gets the words that say so.
  if (!standalone) await office;
  if (signal.aborted) return;
  // The first words stay until there is a screen, so that nothing jumps.
  place.hidden = true;
  root.append(place);
  mounted.add(run);
  signal.addEventListener('abort', () => mounted.delete(run));
  const tell = (name, value) => {
    if (place.hidden) {
      clearTimeout(run.slow);
      if (sheet) root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
      root.querySelector('.wait').remove();
      place.hidden = false;
    }
    run.tell(name, value);
    if (standalone) tellHost({ precheckTold: name, value });
  };
  if (standalone) nameThePage(run, place);
  run.unmount = glue.mount(place, { language, api: API.href, assets: HERE.href, texts: TEXTS, standalone, office, start: startOf(element), tell });
}

// The page's title and language follow the step that is shown and the language that it is shown in.
function nameThePage({ signal, titles }, place) {
  const name = () => {
    const lang = place.firstElementChild?.lang;
    const heading = place.querySelector('[data-heading]')?.cloneNode(true);
    if (!heading) return;
    for (const reading of heading.querySelectorAll('rt')) reading.remove();
    document.documentElement.lang = lang;
    document.title = `${heading.textContent} | ${titles.find((it) => it.lang === lang)?.title}`;
  };
  const watch = new MutationObserver(name);
  watch.observe(place, { childList: true, subtree: true });
  signal.addEventListener('abort', () => watch.disconnect());
}

function link(root) {
  return new Promise((onload, onerror) => {
    root.prepend(Object.assign(document.createElement('link'), { rel: 'stylesheet', href: new URL('%CSS%', HERE), onload, onerror }));
  });
}

// Our own page in a frame. It is shown as soon as it says how high it is.
function frame(run) {
  const { element, signal } = run;
  const start = startOf(element);
  const src = pageOf(run, start === 'check' ? start : '');
  if (start === 'receipt') src.hash = '#/receipt';
  // A page that may show no frame is told so at once; others are found out by their silence.
  addEventListener(
    'securitypolicyviolation',
    ({ effectiveDirective, blockedURI }) => effectiveDirective === 'frame-src' && blockedURI.startsWith(HOME.origin) && run.fail('frames are forbidden'),
    { signal },
  );
  const frame = Object.assign(document.createElement('iframe'), { src, title: run.title, allow: 'camera; microphone' });
  let isPlain;
  let patience;
  const wait = (millis) => {
    clearTimeout(patience);
    if (!isPlain) patience = setTimeout(() => run.fail('the frame does not answer'), millis);
  };
  wait(60000);
  frame.onload = () => {
    frame.contentWindow.postMessage('precheck:height', HOME.origin);
    // An error page loads as well, but it does not answer.
    wait(6000);
  };
  run.paint = () => frame.contentWindow?.postMessage({ precheckTheme: themeOf(element) }, HOME.origin);
  signal.addEventListener('abort', () => clearTimeout(patience));
  addEventListener(
    'message',
    ({ source, origin, data }) => {
      if (source !== frame.contentWindow || origin !== HOME.origin || !data) return;
      // The page without script says nothing any more, and scrolls in a window of its own.
      isPlain ||= data.precheckPlain === true;
      const height = isPlain ? 960 : data.precheckHeight;
      if (height > 0) {
        clearTimeout(patience);
        clearTimeout(run.slow);
        element.shadowRoot.querySelector('.wait')?.remove();
        frame.style.setProperty('height', `${Math.min(height, 20000)}px`);
      }
      // Safari lets a frame of another site move nothing outside it: what has the focus there would stay out of sight.
      const top = frame.getBoundingClientRect().top + data.precheckFocus;
      if (top < 0 || innerHeight < top + 32) scrollBy(0, top - innerHeight / 4);
      run.tell(data.precheckTold, `${data.value}`);
    },
    { signal },
  );
  element.shadowRoot.append(frame);
}

// Our own page inside such a frame tells the page around it how high it is and what has happened. Who may be around it is decided by
// the server's `frame-ancestors`; here only that one window is listened to, and only the origin that asked first is answered.
let host;
const told = [];
function tellHost(message) {
  told.push(message);
  if (host) for (const it of told.splice(0)) parent.postMessage(it, host);
}

// The visitor's choice of colours, on our own page and on the element in it; nothing is the device's.
function paint(own, theme) {
  for (const [element, name] of [[document.documentElement, 'data-theme'], [own, 'theme']]) {
    if (theme === 'light' || theme === 'dark') element.setAttribute(name, theme);
    else element.removeAttribute(name);
  }
}

function answerHost(own) {
  document.documentElement.classList.add('framed');
  const tell = () => host && tellHost({ precheckHeight: Math.ceil(document.body.getBoundingClientRect().height) });
  addEventListener('message', ({ source, origin, data }) => {
    if (source !== parent || origin !== (host ?? origin)) return;
    if (data === 'precheck:height') {
      host = origin;
      tell();
    } else if (host && typeof data?.precheckTheme === 'string') {
      paint(own, data.precheckTheme);
    }
  });
  new ResizeObserver(tell).observe(document.body);
  addEventListener('focusin', (event) => tellHost({ precheckFocus: event.composedPath()[0].getBoundingClientRect().top }));
}

// On our own page this runs before that page has loaded, so that it answers the first question.
const own = IS_OURS && document.querySelector('online-counselling-precheck[standalone]');
if (own) {
  paint(own, new URLSearchParams(location.search).get('theme'));
  if (parent !== window) answerHost(own);
}

// A trap leaves the instance unusable, and the widget would sit there without an answer to any tap.
addEventListener('error', ({ error }) => {
  if (error?.name === 'RuntimeError' && [WASM, GLUE].some((file) => error.stack?.includes(file))) {
    for (const run of [...mounted]) run.fail(error);
  }
});
