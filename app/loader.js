// The loader: defines <online-counselling-precheck>, the one element that an office puts on its page.
//
// It shows words at once, loads the widget (wasm, glue, style sheet: names and hashes are put in by the build) and mounts it
// into the element's shadow root; on another site's page it shows our own page in a frame instead. Whatever goes wrong, the
// element says so, says what to do, and shows what the office's page wrote inside it. It writes no inline style and no markup
// from text, so it runs under `script-src 'self' 'wasm-unsafe-eval'; style-src 'self'`.
//
// The build strips comments, so they stand on lines of their own.

const HERE = new URL('.', import.meta.url);
const HOME = new URL('../../', HERE);
const API = new URL('api/v1', HOME);
const TAG = 'online-counselling-precheck';
const WASM = '%WASM%';
const GLUE = '%GLUE%';
const TEXTS = JSON.parse('%TEXTS%');

const WORDS = {
  ja: {
    lang: 'ja',
    title: 'オンライン職業相談　事前確認',
    needs: ['求職番号をお手元にご用意ください。', '所要時間は約5分です。'],
    loading: '読み込んでいます…',
    slow: '通信に時間がかかっています。このままお待ちいただくか、ページを読み込み直してください。',
    failed: '事前確認を表示できませんでした。',
    advice: '通信の状態を確かめて、もう一度お試しください。それでも表示できないときは、ブラウザを最新のものにするか、ハローワークに電話でご相談ください。',
    retry: 'もう一度試す',
    open: '事前確認のページを開く',
  },
  'ja-easy': {
    lang: 'ja',
    title: 'オンライン職業相談（しょくぎょうそうだん）',
    needs: ['求職番号（きゅうしょくばんごう）を用意（ようい）してください。', '5分（ふん）くらいで終（お）わります。'],
    loading: '少（すこ）し待（ま）ってください…',
    slow: 'もう少（すこ）し待（ま）ってください。',
    failed: '開（ひら）くことができませんでした。',
    advice: 'インターネットを確（たし）かめてください。できないときは、ハローワークに電話（でんわ）してください。',
    retry: 'もう一度（いちど）開（ひら）く',
    open: '新（あたら）しいページで開（ひら）く',
  },
  en: {
    lang: 'en',
    title: 'Online job counselling: pre-check',
    needs: ['Please have your job-seeker number (求職番号) ready.', 'It takes about five minutes.'],
    loading: 'Loading…',
    slow: 'The connection is slow. Please wait a little longer, or reload the page.',
    failed: 'The pre-check could not be shown.',
    advice: 'Please check your connection and try again. If that does not help, update your browser or phone the Hello Work office.',
    retry: 'Try again',
    open: 'Open the pre-check on its own page',
  },
  vi: {
    lang: 'vi',
    title: 'Tư vấn việc làm trực tuyến: kiểm tra trước',
    needs: ['Vui lòng chuẩn bị mã số tìm việc (求職番号).', 'Mất khoảng 5 phút.'],
    loading: 'Đang tải…',
    slow: 'Kết nối chậm. Vui lòng chờ thêm, hoặc tải lại trang.',
    failed: 'Không hiển thị được trang kiểm tra trước.',
    advice: 'Vui lòng kiểm tra kết nối và thử lại. Nếu vẫn không được, hãy cập nhật trình duyệt hoặc gọi điện thoại cho Hello Work.',
    retry: 'Thử lại',
    open: 'Mở trang kiểm tra trước',
  },
  zh: {
    lang: 'zh-Hans',
    title: '在线职业咨询：事前确认',
    needs: ['请准备好求职编号（求職番号）。', '大约需要5分钟。'],
    loading: '正在加载……',
    slow: '网络较慢。请再等一会儿，或重新加载页面。',
    failed: '无法显示事前确认。',
    advice: '请检查网络，然后重试。如果仍然不行，请更新浏览器，或打电话咨询 Hello Work。',
    retry: '重试',
    open: '打开事前确认的页面',
  },
};

// Constructed sheets are not subject to `style-src`, and one serves all elements of a page. Older Safari takes a <link>.
const SHARES_SHEETS = 'adoptedStyleSheets' in Document.prototype;
const waiting = SHARES_SHEETS && new CSSStyleSheet();
if (waiting) {
  waiting.replaceSync(
    // The widget keeps the height that its place had from the start, so that nothing below it jumps up.
    ':host{display:block}.wait,.place,iframe{box-sizing:border-box;min-height:480px}' +
    '.wait{padding:16px;border:1px solid #949494;border-radius:8px;background:#fff;color:#333;font:16px/1.7 sans-serif;text-align:start}' +
    '.wait[data-bare]{padding-block:0;border:0}' +
    '.wait h2{margin:0 0 16px;font-size:24px;line-height:1.5}.wait p,.wait ul{margin:0 0 16px}.wait ul{padding-inline-start:24px}' +
    '.wait button{min-height:48px;padding:8px 24px;border:0;border-radius:8px;background:#0017c1;color:#fff;font:inherit;font-weight:700}' +
    '.wait a{color:#0017c1}.wait :focus-visible{outline:4px solid #000;outline-offset:2px;box-shadow:0 0 0 2px #ffd43d}' +
    'iframe{display:block;width:100%;border:0}.wait+iframe{min-height:0;height:0}'
  );
}

// Everything that all elements of a page share; forgotten after a failure, so that the next attempt starts afresh.
let engine;
let attempts = 0;
const mounted = new Set();

function load() {
  engine ??= (async () => {
    // A browser may remember that a module failed to load; another address is another module.
    const fresh = attempts ? `?${attempts}` : '';
    const [glue, module, sheet] = await Promise.all([
      import(new URL(GLUE + fresh, HERE)),
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

function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

// The first language that there are words for: as the page says, as the address says, as the browser is set.
function languageOf(element) {
  const wished = [element.getAttribute('language'), new URLSearchParams(location.search).get('lang'), ...navigator.languages, 'en'];
  const has = (tag) => tag === 'ja' || tag in TEXTS;
  return wished.flatMap((tag) => (tag ? [tag, tag.split('-')[0]] : [])).find(has) ?? 'ja';
}

class Precheck extends HTMLElement {
  // What is running here; a late answer to an earlier run finds another one and is dropped.
  #run;

  connectedCallback() {
    if (!this.shadowRoot) this.attachShadow({ mode: 'open' });
    if (!this.#run) this.#start();
    // For the page's editor alone: what on this page is in the way.
    if (this.hasAttribute('self-test') || location.hash === '#precheck-self-test') import(new URL('%SELF_TEST%', HERE)).then((it) => it.default(this));
  }

  // A move takes the element out and puts it back within one task: wait for the end of it before giving up anything.
  disconnectedCallback() {
    queueMicrotask(() => this.isConnected || this.#stop());
  }

  // Its presence keeps `moveBefore` from calling the two above.
  connectedMoveCallback() {}

  async #start() {
    const run = (this.#run = { end: new AbortController() });
    const language = languageOf(this);
    const words = WORDS[language] ?? WORDS[language.slice(0, 2)] ?? WORDS.en;
    const standalone = this.hasAttribute('standalone');
    const fail = (error) => this.#fail(run, words, error);
    run.fail = fail;
    const status = make('p', { role: 'status' }, words.loading);
    const needs = make('ul', {}, ...words.needs.map((need) => make('li', {}, need)));
    // Our own page has the name in its header, and its words stay where they are already painted.
    this.#show(words, standalone ? [make('slot'), status] : [make('h2', {}, words.title), status, needs, make('slot')]);
    const slow = setTimeout(() => status.replaceChildren(words.slow), 20000);
    run.end.signal.addEventListener('abort', () => clearTimeout(slow));
    try {
      if (HERE.origin !== location.origin && this.getAttribute('isolation') !== 'none') {
        this.#frame(run, words, language);
        return;
      }
      if (standalone && parent !== window) answerHost();
      const office = fetch(`${API}/office`, { cache: 'no-store' });
      // Whoever waits for it hears of a failure; the console need not.
      office.catch(() => {});
      const { glue, sheet } = await load();
      if (this.#run !== run) return;
      const place = make('div', { className: 'place' });
      if (sheet) this.shadowRoot.adoptedStyleSheets = [waiting, sheet];
      else await this.#link();
      if (this.#run !== run) return;
      clearTimeout(slow);
      this.shadowRoot.querySelector('.wait').replaceWith(place);
      mounted.add(run);
      run.unmount = glue.mount(place, { language, api: API.href, assets: HERE.href, texts: TEXTS, standalone, office, only: this.getAttribute('only') ?? '' });
    } catch (error) {
      fail(error);
    }
  }

  #stop() {
    const run = this.#run;
    this.#run = undefined;
    if (!run) return;
    mounted.delete(run);
    run.end?.abort();
    try {
      run.unmount?.();
    } catch {
      // A widget that died cannot tidy up; its instance goes as a whole.
    }
    this.shadowRoot.replaceChildren();
  }

  #fail(run, words, error) {
    if (this.#run !== run) return;
    console.error(`${TAG}:`, error);
    this.#stop();
    engine = undefined;
    attempts += 1;
    const again = () => {
      this.#start();
      // The button is gone; whoever pressed it by keyboard should not have to start at the top of the page.
      this.shadowRoot.firstChild.focus();
    };
    const retry = make('button', { type: 'button', onclick: again }, words.retry);
    this.#run = {};
    const alert = make('div', { role: 'alert' }, make('p', {}, words.failed), make('p', {}, words.advice));
    const box = [alert, make('p', {}, retry)];
    if (!this.hasAttribute('standalone')) {
      box.unshift(make('h2', {}, words.title));
      box.push(make('p', {}, make('a', { href: HOME, target: '_blank' }, words.open)));
    }
    this.#show(words, [...box, make('slot')]);
  }

  // A slot among the parts shows what the page itself has put into the element.
  #show(words, parts) {
    const box = make('div', { className: 'wait', tabIndex: -1, lang: words.lang }, ...parts);
    box.toggleAttribute('data-bare', this.hasAttribute('standalone'));
    if (waiting) this.shadowRoot.adoptedStyleSheets = [waiting];
    this.shadowRoot.replaceChildren(box);
  }

  #link() {
    return new Promise((onload, onerror) => {
      this.shadowRoot.prepend(make('link', { rel: 'stylesheet', href: new URL('%CSS%', HERE), onload, onerror }));
    });
  }

  // On another site's page: our own page in a frame, so that the scripts of that page cannot read what somebody types.
  #frame(run, words, language) {
    const { signal } = run.end;
    const src = new URL(this.getAttribute('only') === 'check' ? 'check' : '', HOME);
    src.searchParams.set('lang', language);
    const frame = make('iframe', { src, title: words.title, allow: 'camera; microphone' });
    let patience;
    frame.onload = () => {
      clearTimeout(patience);
      frame.contentWindow.postMessage('precheck:height', HOME.origin);
      // An error page loads as well, but it does not answer.
      patience = setTimeout(() => run.fail('the frame does not answer'), 8000);
    };
    signal.addEventListener('abort', () => clearTimeout(patience));
    addEventListener(
      'message',
      ({ source, origin, data }) => {
        const height = data?.precheckHeight;
        if (source !== frame.contentWindow || origin !== HOME.origin || !(height > 0)) return;
        clearTimeout(patience);
        this.shadowRoot.querySelector('.wait')?.remove();
        frame.style.setProperty('height', `${Math.min(height, 20000)}px`);
      },
      { signal },
    );
    this.shadowRoot.append(frame);
  }
}

// Our own page inside such a frame tells the page around it how high it is. Who may be around it is decided by the server's
// `frame-ancestors`; here only that one window is listened to, and only the origin that asked first is answered.
let answers = false;
function answerHost() {
  if (answers) return;
  answers = true;
  document.documentElement.classList.add('framed');
  let host;
  const tell = () => {
    if (host) parent.postMessage({ precheckHeight: Math.ceil(document.body.getBoundingClientRect().height) }, host);
  };
  addEventListener('message', ({ source, origin, data }) => {
    if (source !== parent || data !== 'precheck:height' || origin !== (host ?? origin)) return;
    host = origin;
    tell();
  });
  new ResizeObserver(tell).observe(document.body);
}

// A trap leaves the instance unusable, and the widget would sit there without an answer to any tap.
addEventListener('error', ({ error }) => {
  if (error?.name === 'RuntimeError' && [WASM, GLUE].some((file) => error.stack?.includes(file))) {
    for (const run of [...mounted]) run.fail(error);
  }
});

if (!customElements.get(TAG)) customElements.define(TAG, Precheck);
