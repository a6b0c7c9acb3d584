// The loader: defines <online-counselling-precheck>, the one element that an office puts on its page.
//
// This file keeps its address for good and is all that a page downloads before somebody comes near the element: it shows words in
// a place of fixed height, waits until the element is about to be seen or is touched, and fetches `begin.js`, which does the rest.
// Whatever goes wrong, the element says so, says what to do, and shows what the office's page wrote inside it. It writes no
// inline style and no markup from text, so it runs under `script-src` with the server's origin and nothing more.
//
// The build strips comments, so they stand on lines of their own.

const HERE = new URL('.', import.meta.url);
const HOME = new URL('../../', HERE);
const TAG = 'online-counselling-precheck';

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

// Constructed sheets are not subject to `style-src`, and one serves all elements of a page. Older Safari goes without.
//
// What a page says of everything (`* { all: unset }`) reaches the element itself and no further: boxes inside begin afresh, but
// for what is meant to hide the element as a whole.
const sheet = 'adoptedStyleSheets' in Document.prototype && new CSSStyleSheet();
if (sheet) {
  const dark = '{--b:#1a1a1c;--t:#fff;--k:#9db7f9}';
  sheet.replaceSync(
    ':host{display:block}:host([hidden]),[hidden]{display:none!important}' +
    '.wait{all:initial;visibility:inherit;direction:ltr;padding:16px;border:1px solid #949494;border-radius:8px;' +
    '--b:#fff;--t:#333;--k:#0017c1;background:var(--b);color:var(--t);font:16px/1.7 sans-serif}' +
    '.bare{all:unset;padding:0 16px}' +
    // What comes keeps the height that its place had from the start, so that nothing below it jumps up.
    '.wait,.place,iframe{display:block;box-sizing:border-box;min-height:960px}.bare,:host([standalone]) .place{min-height:480px}' +
    `@media(prefers-color-scheme:dark){:host(:not([theme=light])) .wait${dark}}:host([theme=dark]) .wait${dark}` +
    '.wait h2{margin:0 0 16px;font-size:24px;line-height:1.5}.wait p,.wait ul{margin:0 0 16px}.wait ul{padding-inline-start:24px}' +
    '.wait button{min-height:48px;padding:8px 24px;border:0;border-radius:8px;background:var(--k);color:var(--b);font:inherit;font-weight:700}' +
    '.wait a{color:var(--k)}.wait :focus-visible{outline:4px solid var(--t);outline-offset:2px;box-shadow:0 0 0 2px #ffd43d}' +
    'iframe{width:100%;border:0}.wait+iframe{min-height:0;height:0}'
  );
}

// A browser may remember that a module failed to load; another address is another module.
let attempts = 0;

function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

// The first language that there are words for: as the page says, as the address says, as the browser is set.
function languageOf(element) {
  const wished = [element.getAttribute('language'), new URLSearchParams(location.search).get('lang'), ...navigator.languages, 'en'];
  const all = Object.keys(WORDS);
  return wished.flatMap((tag) => (tag ? [tag, tag.split('-')[0]] : [])).find((tag) => all.includes(tag));
}

class Precheck extends HTMLElement {
  static observedAttributes = ['theme'];

  // What is running here; a late answer to an earlier run finds another one and is dropped.
  #run;

  // The colours may change at any time; what else the element is told holds from when it begins, since beginning anew would
  // lose what somebody has typed.
  attributeChangedCallback() {
    this.#run?.paint?.();
  }

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

  #start() {
    const language = languageOf(this);
    const words = WORDS[language];
    const end = new AbortController();
    const { signal } = end;
    const standalone = this.hasAttribute('standalone');
    const run = (this.#run = { element: this, language, title: words.title, titles: Object.values(WORDS), standalone, end, signal });
    run.fail = (error) => this.#run === run && this.#fail(words, error);
    const status = make('p', { role: 'status' }, words.loading);
    const needs = make('ul', {}, ...words.needs.map((need) => make('li', {}, need)));
    // Our own page has the name in its header, and its words stay where they are already painted.
    const box = this.#show(words, standalone ? [make('slot'), status] : [make('h2', {}, words.title), status, needs, make('slot')]);
    let near;
    const begin = async () => {
      if (run.begun) return;
      run.begun = true;
      near?.disconnect();
      run.slow = setTimeout(() => status.replaceChildren(words.slow), 20000);
      try {
        const stage = await import(new URL('%BEGIN%' + (attempts ? `?${attempts}` : ''), HERE));
        if (this.#run === run) await stage.begin(run);
      } catch (error) {
        run.fail(error);
      }
    };
    signal.onabort = () => {
      near?.disconnect();
      clearTimeout(run.slow);
    };
    if (standalone || attempts || !window.IntersectionObserver) {
      begin();
      return;
    }
    near = new IntersectionObserver((seen) => seen.some((it) => it.isIntersecting) && begin(), { rootMargin: '50%' });
    // Not the element: a page may have taken its box away (`display: contents`).
    near.observe(box);
    for (const touch of ['focusin', 'pointerdown']) this.addEventListener(touch, begin, { signal });
  }

  #stop() {
    const run = this.#run;
    this.#run = undefined;
    run?.end?.abort();
    try {
      run?.unmount?.();
    } catch {
      // A widget that died cannot tidy up; its instance goes as a whole.
    }
    this.shadowRoot.replaceChildren();
  }

  #fail(words, error) {
    console.error(`${TAG}:`, error);
    this.#stop();
    attempts += 1;
    const again = () => {
      this.#start();
      // The button is gone; whoever pressed it by keyboard should not have to start at the top of the page.
      const box = this.shadowRoot.firstChild;
      box.tabIndex = -1;
      box.focus();
    };
    this.#run = {};
    const standalone = this.hasAttribute('standalone');
    // Whoever is on our own page already gets the one that needs neither script nor wasm.
    const page = new URL(standalone ? 'plain' : '', HOME);
    page.searchParams.set('lang', languageOf(this));
    const alert = make('div', { role: 'alert' }, make('p', {}, words.failed), make('p', {}, words.advice));
    this.#show(words, [
      ...(standalone ? [] : [make('h2', {}, words.title)]),
      alert,
      make('p', {}, make('button', { type: 'button', onclick: again }, words.retry)),
      make('p', {}, make('a', { href: page, target: standalone ? '' : '_blank' }, words.open)),
      make('slot'),
    ]);
    // The office's telephone, if it can be had.
    fetch(new URL('api/v1/office', HOME))
      .then((answer) => answer.json())
      .then(({ contact: { telephone }, telephone_link: href }) => href && alert.append(make('p', {}, make('a', { href }, telephone))))
      .catch(() => {});
  }

  // A slot among the parts shows what the page itself has put into the element.
  #show(words, parts) {
    const box = make('div', { className: this.hasAttribute('standalone') ? 'wait bare' : 'wait', lang: words.lang }, ...parts);
    if (sheet) this.shadowRoot.adoptedStyleSheets = [sheet];
    this.shadowRoot.replaceChildren(box);
    return box;
  }
}

if (!customElements.get(TAG)) customElements.define(TAG, Precheck);
