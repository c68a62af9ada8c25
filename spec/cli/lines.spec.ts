import test from 'ava';
import fc from 'fast-check';
import { LineSplitter } from '../../cli/lines.ts';

function linesOf(chunks: readonly Uint8Array[], limit = 1000): (string | undefined)[] {
  const splitter = new LineSplitter(limit);
  const lines = chunks.flatMap((chunk) => splitter.split(chunk));
  const last = splitter.end();
  return [...lines, ...(last === undefined ? [] : [last])].map((line) => line && Buffer.from(line).toString('latin1'));
}

test('however a text is cut into chunks, the lines are the same', (t) => {
  const text = fc.array(fc.constantFrom('a', 'b', '\n'), { maxLength: 60 }).map((letters) => letters.join(''));
  fc.assert(
    fc.property(text, fc.array(fc.nat(60)), (whole, cuts) => {
      const at = [0, ...cuts.map((cut) => Math.min(cut, whole.length)), whole.length].sort((a, b) => a - b);
      const chunks = at.slice(1).map((end, index) => Buffer.from(whole.slice(at[index], end)));
      const expected = whole.split('\n');
      if (expected.at(-1) === '') expected.pop();
      t.deepEqual(linesOf(chunks), expected);
    }),
  );
});

test('a line over the limit is told as such, in one chunk or in many', (t) => {
  t.deepEqual(linesOf([Buffer.from('abc\nabcd\n')], 3), ['abc', undefined]);
  t.deepEqual(linesOf([Buffer.from('ab'), Buffer.from('cd')], 3).slice(0, 1), [undefined]);
});
