// How long a person waits for an answer to her first tap: on our own page, in the element of a page of the same origin, and in its frame on
// a page of another origin.
//
//     node tests/perf/first-tap.mjs RUNS NAME=SERVER [NAME=SERVER …]      (`cargo xtask first-tap` gives it the server as built)
//
// Each SERVER is a `precheck-server` that is started with an empty folder. All ways of all servers take turns, so that a busy moment of the
// machine falls on none of them alone. Cold, 390 x 844 with touch, 1.6 Mbit/s, 150 ms, the processor four times as slow. Medians, in
// milliseconds since the page was asked for:
//
//   words    the first contentful paint
//   seen     the first radio button stands on the screen
//   tap      a touch sent at that moment shows as chosen
//   charge   the page's mark `precheck:interactive`: the widget answers by its rules
//   shift    layout shifts without input, summed; the worst of all runs
//   kB       bytes on the line until the widget is in charge
//   kept, focus   in how many runs the answer and the focus were still there when the widget was in charge

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { createServer as createSocket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

const { chromium } = createRequire(path.resolve('target/npm/node_modules/x.js'))('playwright-core');

const LINE = { offline: false, latency: 150, downloadThroughput: 200_000, uploadThroughput: 93_750 };
const CPU = 4;
const PATIENCE = 30_000;

const freePort = () =>
  new Promise((done) => {
    const socket = createSocket().listen(0, '127.0.0.1', () => {
      const { port } = socket.address();
      socket.close(() => done(port));
    });
  });

/** A page of another origin that holds the element of the server named in its address, `/?PORT`. */
async function hostPage() {
  const server = createServer((request, response) => {
    const port = request.url.slice(2);
    response.setHeader('Content-Type', 'text/html');
    response.end(
      '<!doctype html><html lang="ja"><meta charset="utf-8"><meta name="viewport" content="width=device-width">' +
        `<title>見本</title><script type="module" src="http://127.0.0.1:${port}/embed/v1/precheck.js"></script>` +
        '<h1>見本</h1><online-counselling-precheck></online-counselling-precheck>',
    );
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return server;
}

async function started(binary, host) {
  const port = await freePort();
  const data = mkdtempSync(path.join(tmpdir(), 'first-tap-'));
  const options = ['--bind', `127.0.0.1:${port}`, '--data', data, '--allowed-origins', host, '--limits', 'off'];
  const child = spawn(binary, options, { stdio: 'ignore' });
  for (let tries = 0; tries < 200; tries += 1) {
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
    if (ready?.ok) return { port, child, data };
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`${binary} does not become ready`);
}

/** Runs in every frame before anything else. */
const watch = () => {
  const own = { shift: 0 };
  window.measured = own;
  new PerformanceObserver((list) => {
    for (const it of list.getEntries()) if (!it.hadRecentInput) own.shift += it.value;
  }).observe({ type: 'layout-shift', buffered: true });
  const find = (root) => {
    const radio = [...root.querySelectorAll('input[type=radio]')].find(
      (it) => it.getClientRects().length && getComputedStyle(it).visibility === 'visible',
    );
    if (radio) return radio;
    for (const it of root.querySelectorAll('*')) {
      const inner = it.shadowRoot && find(it.shadowRoot);
      if (inner) return inner;
    }
    return undefined;
  };
  window.firstRadio = () => find(document);
  const now = () => performance.timeOrigin + performance.now();
  const look = () => {
    // A frame without height shows nothing yet.
    const radio = document.body && 200 < innerHeight && find(document);
    if (radio && own.seen === undefined) {
      own.seen = now();
      radio.scrollIntoView({ block: 'center' });
      requestAnimationFrame(() => {
        const box = find(document).getBoundingClientRect();
        window.radioSeen(box.x + box.width / 2, box.y + box.height / 2);
      });
    }
    if (radio?.checked && own.tap === undefined) own.tap = now();
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
};

async function one(browser, address, framed) {
  const context = await browser.newContext({
    viewport: { width: 390, height: 844 },
    hasTouch: true,
    isMobile: true,
    deviceScaleFactor: 2,
    locale: 'ja-JP',
  });
  const page = await context.newPage();
  const line = await context.newCDPSession(page);
  await line.send('Network.enable');
  await line.send('Network.emulateNetworkConditions', LINE);
  await line.send('Emulation.setCPUThrottlingRate', { rate: CPU });
  let bytes = 0;
  line.on('Network.loadingFinished', (it) => {
    bytes += it.encodedDataLength;
  });
  await page.exposeBinding('radioSeen', async ({ frame }, x, y) => {
    const around = frame === page.mainFrame() ? { x: 0, y: 0 } : await (await frame.frameElement()).boundingBox();
    await line.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x: x + around.x, y: y + around.y }] });
    await line.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  });
  await page.addInitScript(watch);
  await page.goto(address, { waitUntil: 'commit' });
  const begun = await page.evaluate(() => performance.timeOrigin);
  const inside = framed ? await framePage(page) : page.mainFrame();
  const there = () => performance.getEntriesByName('precheck:interactive').length && window.measured.tap;
  await inside.waitForFunction(there, null, { timeout: PATIENCE });
  const untilCharge = bytes;
  // Whatever still moves, moves now.
  await page.waitForTimeout(700);
  const found = await inside.evaluate(() => {
    const radio = window.firstRadio();
    const mark = performance.getEntriesByName('precheck:interactive')[0]?.startTime;
    return {
      seen: window.measured.seen,
      tap: window.measured.tap,
      charge: performance.timeOrigin + mark,
      shift: window.measured.shift,
      kept: radio.checked,
      focus: radio.getRootNode().activeElement === radio,
    };
  });
  const outside = await page.evaluate(() => ({
    words: performance.getEntriesByName('first-contentful-paint')[0]?.startTime,
    shift: window.measured.shift,
  }));
  await context.close();
  return {
    words: outside.words,
    seen: found.seen - begun,
    tap: found.tap - begun,
    charge: found.charge - begun,
    shift: framed ? found.shift + outside.shift : found.shift,
    bytes: untilCharge,
    kept: found.kept,
    focus: found.focus,
  };
}

async function framePage(page) {
  for (let tries = 0; tries < 600; tries += 1) {
    const frame = page.frames().find((it) => it !== page.mainFrame() && it.url().startsWith('http'));
    if (frame) return frame;
    await page.waitForTimeout(20);
  }
  throw new Error('the element makes no frame');
}

const median = (values) => {
  const sorted = values.filter((it) => it !== undefined).sort((a, b) => a - b);
  return sorted.length ? (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2 : Number.NaN;
};

const [runs, ...named] = process.argv.slice(2);
if (!Number(runs) || !named.length) throw new Error('usage: node tests/perf/first-tap.mjs RUNS NAME=SERVER [NAME=SERVER …]');
const host = await hostPage();
const origin = `http://127.0.0.1:${host.address().port}`;
const servers = [];
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
  ],
});
try {
  const ways = [];
  for (const it of named) {
    const [name, binary] = [it.slice(0, it.indexOf('=')), it.slice(it.indexOf('=') + 1)];
    const server = await started(binary, origin);
    servers.push(server);
    const own = `http://127.0.0.1:${server.port}`;
    ways.push({ name: `${name} /`, address: `${own}/`, framed: false, results: [] });
    ways.push({ name: `${name} element`, address: `${own}/demo`, framed: false, results: [] });
    ways.push({ name: `${name} frame`, address: `${origin}/?${server.port}`, framed: true, results: [] });
  }
  for (let run = 0; run < Number(runs); run += 1) {
    for (const way of ways) way.results.push(await one(browser, way.address, way.framed));
  }
  console.log(`${'way'.padEnd(20)} words   seen    tap charge  shift     kB   kept  focus`);
  for (const { name, results } of ways) {
    const figure = (key) => String(Math.round(median(results.map((it) => it[key])))).padStart(6);
    const shift = Math.max(...results.map((it) => it.shift)).toFixed(3);
    const count = (key) => `${results.filter((it) => it[key]).length}/${results.length}`.padStart(6);
    const kilobytes = (median(results.map((it) => it.bytes)) / 1000).toFixed(1).padStart(6);
    console.log(
      name.padEnd(19),
      figure('words'),
      figure('seen'),
      figure('tap'),
      figure('charge'),
      ` ${shift}`,
      kilobytes,
      count('kept'),
      count('focus'),
    );
  }
} finally {
  await browser.close();
  host.close();
  for (const { child, data } of servers) {
    child.kill();
    // Its folder is its own until it has ended.
    await once(child, 'exit');
    rmSync(data, { recursive: true, force: true });
  }
}
