import { render } from 'lit-html';
import { FrameStream } from './link/stream.ts';
import { Page, TABS } from './page.ts';
import { refuseDrop } from './view/log-dump.ts';
import { pageView } from './view/page-view.ts';

const SILENCE_CHECK_MS = 1000;

const root = document.getElementById('page');
if (root === null) throw new Error('index.html has no element #page');

// However many frames and clicks come in between, the page is drawn once a screen's frame.
let isDue = false;
const page = new Page(() => {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    render(pageView(page), root);
  });
});

const stream = new FrameStream({
  greet: (hello) => {
    page.frameCameAt = performance.now();
    page.picture.greet(hello);
    document.title = `${hello.location.split(/[\\/]/).at(-1)} · lithify`;
    page.changed();
  },
  apply: (frame) => {
    page.frameCameAt = performance.now();
    page.picture.apply(frame);
    page.changed();
  },
  connection: (connection) => page.set({ connection }),
});

/** The tab is in the address, after '#', so that a reload keeps it. */
function followAddress(): void {
  const tab = TABS.find((one) => `#${one}` === location.hash);
  if (tab !== undefined) page.set({ tab });
}

window.addEventListener('hashchange', followAddress);
window.addEventListener('dragover', refuseDrop);
window.addEventListener('drop', refuseDrop);
setInterval(() => page.connection.kind === 'live' && page.changed(), SILENCE_CHECK_MS);
followAddress();
stream.follow();
await page.loadCharts();
