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

const WORDS = {
  ja: {
    title: '埋め込みの自己診断',
    about: 'この画面は、Webページの担当の方のためのものです。アドレスに「#precheck-self-test」を付けたとき、または要素に self-test を付けたときにだけ表示されます。',
    running: '調べています。10秒ほどかかることがあります。',
    good: '表示を妨げるものは見つかりませんでした。',
    bad: '表示や確認を妨げるものが、{count}件見つかりました。',
    why: '理由：',
    cure: '直し方：',
    copy: '結果をコピーする',
    copied: 'コピーしました。',
    selected: '下の文字を選択しました。キーボードのコピー操作でコピーしてください。',
    close: '閉じる',
    more: 'ページの側に必要な設定を見る（別のタブ）',
    text: '結果（コピー用）',
    grades: { good: '問題なし', caution: '注意', bad: '要修正', unknown: '確認できません' },
    findings: {
      secure: {
        good: 'ページは「https://」などの安全な接続で開かれています。',
        bad: 'ページが安全な接続で開かれていません。',
        why: '「http://」のページでは、ブラウザがカメラとマイクの使用を許可しません。',
        cure: '「https://」のページに埋め込んでください。',
      },
      sandbox: {
        bad: 'ページが sandbox の中にあり、オリジンを持っていません。',
        why: 'オリジンのないページには、埋め込みの許可を出せません。端末に入力内容を残すこともできません。',
        cure: 'ページの Content-Security-Policy の sandbox、またはページを囲む iframe の sandbox に、allow-scripts allow-same-origin allow-forms allow-popups を加えてください。',
      },
      framed: {
        caution: 'このページ自体が、ほかのページの枠の中で開かれています（CMSのプレビューなど）。',
        why: '枠の外側のページも許可されていないと、表示されません。ここでの結果は、公開したページと異なることがあります。',
        cure: '公開したページを直接開いて、もう一度調べてください。',
      },
      allowed: {
        good: 'このページのオリジン（{origin}）は許可されています。',
        bad: 'このページのオリジン（{origin}）は許可されていません。',
        unknown: 'このページのオリジン（{origin}）が許可されているかは、確認できません。',
        elsewhere: '先に「要修正」の項目を直し、もう一度調べてください。',
        why: '事前確認は、許可したWebサイトのページにだけ表示されます。',
        cure: 'このサーバーの管理者に、次の設定を依頼してください：--allowed-origins {origin}',
      },
      reached: {
        bad: 'このサーバー（{server}）に接続できません。',
        why: 'サーバーが止まっているか、ネットワークで止められています。',
        cure: '別のネットワークから {server} を開けるか確認し、サーバーの管理者に連絡してください。',
      },
      fetch: {
        bad: 'このサーバーとの通信が、ページの Content-Security-Policy（{directive}）で止められています。',
        why: '枠を使わないときは、ページから直接このサーバーと通信します。止められているあいだは、枠の中の表示に切り替わります。',
        cure: 'connect-src に {server} を加えるか、isolation="none" を外して枠の中に表示してください。',
      },
      script: {
        bad: '事前確認のプログラムの一部が、ページの Content-Security-Policy（{directive}）で止められています。',
        why: 'プログラムを読み込めないと、タグの間に書いた文だけが表示されます。',
        cure: 'script-src に {server} を加えてください。ファイル名まで指定している場合は、ファイル名を除いてください。',
      },
      frame: {
        good: '枠が表示され、応答しています。',
        bad: '枠の表示が、ページの Content-Security-Policy（{directive}）で止められています。',
        why: '枠を表示できないと、事前確認の画面が開きません。',
        cure: 'frame-src に {server} を加えてください。',
      },
      silent: {
        bad: '枠が応答しません。',
        why: 'ページの Cross-Origin-Embedder-Policy、sandbox、ブラウザの拡張機能などが、枠を止めています。',
        cure: 'ページの Cross-Origin-Embedder-Policy を外し、拡張機能を止めて、もう一度調べてください。',
      },
      compile: {
        good: 'WebAssembly を使えます。',
        bad: 'WebAssembly が、ページの Content-Security-Policy で止められています。',
        why: '枠を使わないときは、ページの中で WebAssembly のプログラムが動きます。止められているあいだは、枠の中の表示に切り替わります。',
        cure: "script-src に 'wasm-unsafe-eval' を加えるか、isolation=\"none\" を外して枠の中に表示してください。",
      },
      camera: {
        good: 'カメラを使えます。',
        bad: 'カメラの使用が止められています。',
        unknown: 'カメラの使用が止められていないか、このブラウザでは確認できません。',
        why: 'カメラを使えないと、カメラの確認ができません。',
        cure: 'ページの Permissions-Policy（または Feature-Policy）を、次のように直してください：Permissions-Policy: {permissions}',
        elsewhere: 'Chrome または Edge で、もう一度調べてください。',
      },
      microphone: {
        good: 'マイクを使えます。',
        bad: 'マイクの使用が止められています。',
        unknown: 'マイクの使用が止められていないか、このブラウザでは確認できません。',
        why: 'マイクを使えないと、マイクの確認ができません。',
        cure: 'ページの Permissions-Policy（または Feature-Policy）を、次のように直してください：Permissions-Policy: {permissions}',
        elsewhere: 'Chrome または Edge で、もう一度調べてください。',
      },
      trusted: { good: 'Trusted Types が有効ですが、事前確認には影響しません。' },
      seen: {
        good: '要素は、ページの中で見える位置にあります（幅{width}ピクセル）。',
        bad: '要素が、ページのスタイルシートなどによって隠されています。',
        why: '画面に何も表示されません。',
        cure: 'online-counselling-precheck とその親要素の display、visibility、opacity、height などの指定を確認してください。折りたたみやタブの中にあるときは、開いてからもう一度調べてください。',
      },
      narrow: {
        caution: '要素の幅が{width}ピクセルしかありません。',
        why: '幅が288ピクセルより狭いと、日時の表などが読みにくくなります。',
        cure: '段組みの外など、幅の広い場所に置いてください。',
      },
      cut: {
        caution: '要素の一部が、親要素（{parent}）からはみ出して隠されています。',
        why: '事前確認の高さは、画面ごとに変わります。高さを決めた場所では、下の部分やボタンが見えません。',
        cure: '親要素の height と overflow の指定を外してください。',
      },
    },
  },
  en: {
    title: 'Self-test of the embedding',
    about: 'This is for the editor of the page. It only appears with “#precheck-self-test” at the end of the address, or with self-test on the element.',
    running: 'Looking. This may take ten seconds.',
    good: 'Nothing was found that is in the way.',
    bad: 'In the way: {count}.',
    why: 'Why: ',
    cure: 'What to do: ',
    copy: 'Copy the result',
    copied: 'Copied.',
    selected: 'The text below is selected. Copy it with the keyboard.',
    close: 'Close',
    more: 'See what this page has to allow (another tab)',
    text: 'Result, to be copied',
    grades: { good: 'Good', caution: 'Note', bad: 'To be mended', unknown: 'Cannot tell' },
    findings: {
      secure: {
        good: 'The page is open over a secure connection.',
        bad: 'The page is not open over a secure connection.',
        why: 'On a page with “http://”, browsers give nobody camera and microphone.',
        cure: 'Put it on a page with “https://”.',
      },
      sandbox: {
        bad: 'The page is in a sandbox and has no origin.',
        why: 'A page without an origin cannot be permitted, and nothing can be kept on the device.',
        cure: 'Add allow-scripts allow-same-origin allow-forms allow-popups to the sandbox in the page’s Content-Security-Policy, or to that of the iframe around the page.',
      },
      framed: {
        caution: 'This page is itself in a frame of another page (such as a preview).',
        why: 'The page around it has to be permitted as well. The published page may come out differently.',
        cure: 'Open the published page by itself and look again.',
      },
      allowed: {
        good: 'The origin of this page ({origin}) is permitted.',
        bad: 'The origin of this page ({origin}) is not permitted.',
        unknown: 'Whether the origin of this page ({origin}) is permitted cannot be told.',
        elsewhere: 'Mend what is to be mended and look again.',
        why: 'Only pages of permitted sites can show the pre-check.',
        cure: 'Ask the operator of the server for this setting: --allowed-origins {origin}',
      },
      reached: {
        bad: 'The server ({server}) cannot be reached.',
        why: 'It is down, or the network forbids it.',
        cure: 'See whether {server} opens from another network, and tell the operator of the server.',
      },
      fetch: {
        bad: 'The page’s Content-Security-Policy ({directive}) forbids talking to the server.',
        why: 'Without a frame, the page itself talks to the server. As long as that is forbidden, the frame is shown instead.',
        cure: 'Add {server} to connect-src, or take isolation="none" away.',
      },
      script: {
        bad: 'The page’s Content-Security-Policy ({directive}) forbids a part of the program.',
        why: 'Without it only the words between the tags are shown.',
        cure: 'Add {server} to script-src, without the name of a file.',
      },
      frame: {
        good: 'The frame is shown and answers.',
        bad: 'The page’s Content-Security-Policy ({directive}) forbids the frame.',
        why: 'Without it the pre-check does not open.',
        cure: 'Add {server} to frame-src.',
      },
      silent: {
        bad: 'The frame does not answer.',
        why: 'The page’s Cross-Origin-Embedder-Policy, a sandbox, or an extension of the browser stops it.',
        cure: 'Take the Cross-Origin-Embedder-Policy away, stop extensions, and look again.',
      },
      compile: {
        good: 'WebAssembly can be used.',
        bad: 'The page’s Content-Security-Policy forbids WebAssembly.',
        why: 'Without a frame, a WebAssembly program runs in the page itself. As long as that is forbidden, the frame is shown instead.',
        cure: "Add 'wasm-unsafe-eval' to script-src, or take isolation=\"none\" away.",
      },
      camera: {
        good: 'The camera can be used.',
        bad: 'The camera cannot be used.',
        unknown: 'This browser does not tell whether the camera can be used.',
        why: 'Without it the camera cannot be checked.',
        cure: 'Change the page’s Permissions-Policy (or Feature-Policy) to: Permissions-Policy: {permissions}',
        elsewhere: 'Look again with Chrome or Edge.',
      },
      microphone: {
        good: 'The microphone can be used.',
        bad: 'The microphone cannot be used.',
        unknown: 'This browser does not tell whether the microphone can be used.',
        why: 'Without it the microphone cannot be checked.',
        cure: 'Change the page’s Permissions-Policy (or Feature-Policy) to: Permissions-Policy: {permissions}',
        elsewhere: 'Look again with Chrome or Edge.',
      },
      trusted: { good: 'Trusted Types are enforced, which does not concern the pre-check.' },
      seen: {
        good: 'The element is in sight ({width} pixels wide).',
        bad: 'The element is hidden by the page’s styles.',
        why: 'Nothing is shown.',
        cure: 'Look at display, visibility, opacity and height of online-counselling-precheck and what is around it. If it is folded away, unfold it and look again.',
      },
      narrow: {
        caution: 'The element is only {width} pixels wide.',
        why: 'Below 288 pixels tables and calendars are hard to read.',
        cure: 'Put it where there is more room.',
      },
      cut: {
        caution: 'A part of the element is cut off by what is around it ({parent}).',
        why: 'The pre-check’s height changes from screen to screen. With a fixed height, its lower part and its buttons are out of sight.',
        cure: 'Take height and overflow away from what is around it.',
      },
    },
  },
};

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
  if (why) item.append(make('p', {}, words.why + why));
  if (cure) item.append(make('p', {}, words.cure + cure));
  return item;
}

function asText(verdict, found) {
  const lines = found.flatMap(({ grade, what, why, cure }) => [`[${words.grades[grade]}] ${what}`, why && words.why + why, cure && words.cure + cure]);
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
