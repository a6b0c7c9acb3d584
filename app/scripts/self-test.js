// The self-test of the element, for the editor of the page that holds it: opened by `#precheck-self-test` at the end of the page's
// address, or by the attribute `self-test`. No visitor downloads it.
//
// It tries what the element needs on this very page (its origin, a frame of ours, what a frame may use, WebAssembly, its place) and
// says of each: what, why it matters, what to write where. It stands in a dialog of its own, so that nothing on the page can hide
// it.

const HERE = new URL('.', import.meta.url);
const HOME = new URL('../../', HERE);
const SERVER = HOME.origin;
const PATIENCE = 8000;

const WORDS = JSON.parse('%SELF_TEST_WORDS%');

const STYLE =
  'dialog{box-sizing:border-box;width:min(720px,100vw - 16px);max-height:calc(100vh - 16px);overflow:auto;padding:16px;border:2px solid #333;border-radius:8px;' +
  'background:#fff;color:#333;font:16px/1.7 sans-serif;text-align:start;overflow-wrap:anywhere}' +
  'dialog::backdrop{background:rgb(0 0 0/.5)}h2{margin:0 0 8px;font-size:24px;line-height:1.5}p{margin:0 0 8px}ul{margin:0;padding:0;list-style:none}' +
  'li{padding:8px 0;border-top:1px solid #949494}li p{margin:0}b{display:inline-block;margin-inline-end:8px;padding:0 8px;border:1px solid;border-radius:99px;font-size:14px}' +
  '[data-grade=good] b{color:#197a4b}[data-grade=bad] b{color:#ce0000}' +
  'button{min-height:44px;margin:8px 8px 0 0;padding:8px 24px;border:1px solid #0017c1;border-radius:8px;background:#fff;color:#0017c1;font:inherit;font-weight:700}' +
  'a{color:#0017c1}textarea:not([hidden]){box-sizing:border-box;display:block;width:100%;min-height:120px;margin-top:8px;font:14px/1.6 monospace}' +
  ':focus-visible{outline:4px solid #000;outline-offset:2px;box-shadow:0 0 0 2px #ffd43d}iframe{position:absolute;width:1px;height:1px;border:0;opacity:0}';

function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

const pause = (millis) => new Promise((resolve) => setTimeout(resolve, millis));

// A page without a language, as a page of an office in Japan mostly is, is Japanese.
const LANGUAGE = (document.documentElement.lang || 'ja').startsWith('en') ? 'en' : 'ja';
const words = WORDS[LANGUAGE];

// What the page's policy forbids of ours while we look, told by the browser to the page alone.
const forbidden = [];
document.addEventListener('securitypolicyviolation', ({ effectiveDirective, violatedDirective, blockedURI, disposition }) => {
  if (disposition === 'report') return;
  forbidden.push({ directive: effectiveDirective || violatedDirective, blocked: blockedURI });
});

function forbids(kind, address) {
  // Browsers cut the address of a frame to its origin.
  const ours = (it) => !address || address.startsWith(it.blocked);
  return forbidden.find((it) => it.directive.startsWith(kind) && ours(it))?.directive;
}

function finding(code, grade, values = {}) {
  const own = words.findings[code];
  const filled = (text) => text?.replace(/\{(\w+)\}/g, (gap, name) => values[name] ?? gap);
  const isGood = grade === 'good';
  const cure = grade === 'unknown' ? own.elsewhere : own.cure;
  return { code, grade, what: filled(own[grade]), why: isGood ? undefined : filled(own.why), cure: isGood ? undefined : filled(cure) };
}

// Whether the server answers at all, and whether it answers this page.
async function reaches(path) {
  const address = new URL(path, HOME).href;
  try {
    return (await fetch(address, { cache: 'no-store', credentials: 'omit' })).ok;
  } catch {
    // The event comes a moment after the failure.
    await pause(50);
    const directive = forbids('connect-src', address) ?? forbids('default-src', address);
    return directive ? { directive } : false;
  }
}

// A small page of ours in a frame like the element's: what a frame may do here, only a frame can tell.
async function asksFrame(root) {
  const src = new URL('embed/frame-test', HOME).href;
  const frame = make('iframe', { src, title: words.title, allow: 'camera; microphone', tabIndex: -1 });
  frame.setAttribute('aria-hidden', 'true');
  const end = new AbortController();
  const answered = new Promise((resolve) => {
    addEventListener(
      'message',
      ({ source, origin, data }) => {
        if (source === frame.contentWindow && origin === SERVER && data?.precheckTest) resolve(data.precheckTest);
      },
      { signal: end.signal },
    );
    // What is refused loads as well, as a page of the browser's own, which is not asked.
    frame.onload = () => {
      if (!forbids('frame-src', src)) frame.contentWindow.postMessage('precheck:test', SERVER);
    };
    document.addEventListener('securitypolicyviolation', () => forbids('frame-src', src) && resolve(), { signal: end.signal });
  });
  root.append(frame);
  const answer = await Promise.race([answered, pause(PATIENCE)]);
  end.abort();
  frame.remove();
  return { answer, directive: answer ? undefined : forbids('frame-src', src) };
}

async function compiles() {
  try {
    await WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
    return true;
  } catch {
    return false;
  }
}

function enforcesTrustedTypes() {
  if (!window.trustedTypes) return false;
  try {
    document.createElement('div').innerHTML = '';
    return false;
  } catch {
    return true;
  }
}

// What surrounds a node, out of shadow roots too.
function* around(node) {
  for (let it = node; it; it = it.parentElement ?? it.getRootNode().host) yield it;
}

// A page may have taken the element's own box away: its content counts.
function boxOf(element) {
  const boxes = [element, ...(element.shadowRoot?.children ?? [])].map((it) => it.getBoundingClientRect());
  return boxes.find((it) => 0 < it.width && 0 < it.height);
}

function looksAt(element) {
  const box = boxOf(element);
  const styles = [...around(element)].map((it) => [it, getComputedStyle(it)]);
  const isHidden = !box || styles.some(([, it]) => it.opacity === '0') || styles[0][1].visibility !== 'visible';
  if (isHidden) return [finding('seen', 'bad')];
  const width = Math.round(box.width);
  const found = [width < 288 ? finding('narrow', 'caution', { width }) : finding('seen', 'good', { width })];
  const cuts = styles.slice(1).find(([it, style]) => {
    const isCutting = ['hidden', 'clip'].includes(style.overflowY) && it !== document.body && it !== document.documentElement;
    return isCutting && it.clientHeight < it.scrollHeight - 1 && it.getBoundingClientRect().bottom < box.bottom - 1;
  });
  if (cuts) {
    const [parent] = cuts;
    found.push(finding('cut', 'caution', { parent: parent.localName + (parent.id && `#${parent.id}`) }));
  }
  return found;
}

function mayUse(answer) {
  const to = answer.isFrame ? `(self "${SERVER}")` : '(self)';
  const permissions = `camera=${to}, microphone=${to}`;
  const grade = { true: 'good', false: 'bad' };
  return ['camera', 'microphone'].map((it) => finding(it, grade[answer[it]] ?? 'unknown', { permissions }));
}

async function findings(element, root) {
  const found = [finding('secure', isSecureContext ? 'good' : 'bad')];
  const isOwn = SERVER === location.origin;
  const isFrame = !isOwn && element.getAttribute('isolation') !== 'none';
  const values = { origin: location.origin, server: SERVER };
  if (self.origin === 'null') found.push(finding('sandbox', 'bad'));
  if (window !== top) found.push(finding('framed', 'caution'));

  const office = await reaches('api/v1/office');
  // The loader is given to everybody: if it comes and the office does not, this page is not permitted.
  const loader = office === false && (await reaches('embed/v1/precheck.js'));
  const isRefused = loader === true;
  let { answer, directive } = isFrame ? await asksFrame(root) : {};
  if (office === true || (answer && !isRefused)) found.push(finding('allowed', 'good', values));
  else if (isRefused) found.push(finding('allowed', 'bad', values));
  else if (office === false) found.push(finding('reached', 'bad', values));
  else found.push(finding('allowed', 'unknown', values));
  if (!isFrame && office?.directive) found.push(finding('fetch', 'bad', { ...values, directive: office.directive }));

  if (isFrame) {
    if (directive) found.push(finding('frame', 'bad', { ...values, directive }));
    else if (answer) found.push(finding('frame', 'good'));
    // Where the page is not permitted, the silence of the frame is explained.
    else if (!isRefused) found.push(finding('silent', 'bad'));
  } else {
    found.push(finding('compile', (await compiles()) ? 'good' : 'bad'));
    const policy = document.permissionsPolicy ?? document.featurePolicy;
    const may = (name) => policy?.allowsFeature(name) ?? null;
    answer = { camera: may('camera'), microphone: may('microphone') };
  }
  if (answer) found.push(...mayUse({ ...answer, isFrame }));
  const script = forbids('script-src-elem', new URL('embed/v1/', HOME).href);
  if (script) found.push(finding('script', 'bad', { ...values, directive: script }));
  if (enforcesTrustedTypes()) found.push(finding('trusted', 'good'));
  found.push(...looksAt(element));
  // What is to be mended comes first.
  const order = ['bad', 'caution', 'unknown', 'good'];
  return found.sort((a, b) => order.indexOf(a.grade) - order.indexOf(b.grade));
}

function line({ code, grade, what, why, cure }) {
  const item = make('li', {}, make('p', {}, make('b', {}, words.grades[grade]), what));
  item.dataset.grade = grade;
  item.dataset.code = code;
  if (why) item.append(make('p', {}, words.why.replace('{text}', why)));
  if (cure) item.append(make('p', {}, words.cure.replace('{text}', cure)));
  return item;
}

function asText(verdict, found) {
  const lines = found.flatMap(({ grade, what, why, cure }) => [`[${words.grades[grade]}] ${what}`, why && words.why.replace('{text}', why), cure && words.cure.replace('{text}', cure)]);
  return [words.title, location.href, navigator.userAgent, '', verdict, ...lines.filter(Boolean)].join('\n');
}

let isOpen = false;

// Opens the dialog, for the first element of the page that asks.
export default async function show(element) {
  if (isOpen) return;
  isOpen = true;
  // At the document's root and out of reach of the page's styles, whatever they hide.
  const place = make('div', { id: 'precheck-self-test-result', lang: LANGUAGE });
  place.style.setProperty('all', 'initial', 'important');
  place.style.setProperty('display', 'block', 'important');
  const root = place.attachShadow({ mode: 'open' });
  const sheet = 'adoptedStyleSheets' in root && new CSSStyleSheet();
  if (sheet) {
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
  }
  const status = make('p', { role: 'status' }, words.running);
  const list = make('ul', {});
  const dialog = make('dialog', {}, make('h2', { id: 'title', tabIndex: -1 }, words.title), make('p', {}, words.about), status, list);
  dialog.setAttribute('aria-labelledby', 'title');
  const close = make('button', { type: 'button', onclick: () => dialog.close() }, words.close);
  dialog.append(close);
  dialog.onclose = () => {
    place.remove();
    isOpen = false;
  };
  root.append(dialog);
  document.documentElement.append(place);
  dialog.showModal();

  const found = await findings(element, root);
  const count = found.filter((it) => it.grade === 'bad').length;
  const verdict = count ? words.bad.replace('{count}', count) : words.good;
  list.append(...found.map(line));
  const text = make('textarea', { readOnly: true, hidden: true, value: asText(verdict, found) });
  text.setAttribute('aria-label', words.text);
  const copy = make('button', { type: 'button' }, words.copy);
  copy.onclick = async () => {
    try {
      await navigator.clipboard.writeText(text.value);
      status.replaceChildren(words.copied);
    } catch {
      text.hidden = false;
      text.focus();
      text.select();
      status.replaceChildren(words.selected);
    }
  };
  const page = new URL(location.href);
  page.hash = '';
  const more = new URL('embed', HOME);
  more.search = new URLSearchParams({ page: page.href, isolation: element.getAttribute('isolation') ?? '', lang: LANGUAGE });
  close.before(make('p', {}, make('a', { href: `${more.href}#headers-needed`, target: '_blank' }, words.more)), copy);
  close.after(text);
  status.replaceChildren(verdict);
  dialog.dataset.verdict = count ? 'bad' : 'good';
}
