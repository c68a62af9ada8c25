import { once } from 'node:events';
import { get } from 'node:http';

/**
 * A page without a browser, in a process of its own as a browser is: takes every frame, and says on stdout when the first is
 * there. Ends with its stdin; then it says how many there were.
 */
const [response] = await once(get(process.argv[2] ?? ''), 'response');
let frames = 0;
let entries = 0;
let bytes = 0;
let text = '';
response.setEncoding('utf8');
response.on('data', (chunk: string) => {
  bytes += chunk.length;
  text += chunk;
  for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
    take(text.slice(0, end));
    text = text.slice(end + 2);
  }
});
await once(process.stdin.resume(), 'end');
process.stdout.write(JSON.stringify({ frames, entries, bytes }));
process.exit();

function take(event: string): void {
  if (!event.startsWith('event: frame\n')) return;
  if (frames++ === 0) process.stdout.write('\n');
  entries += JSON.parse(event.slice(event.indexOf('{'))).entries.length;
}
