import test from 'ava';
import { Random } from '../../testing/random.ts';
import { withinMemory } from '../../torture/fuzz/allocations.ts';
import { isCoded } from '../../torture/fuzz/decoder.ts';
import { attempt, FUZZ } from '../../torture/fuzz/fuzz.ts';
import { type Meter, Unbounded } from '../../torture/fuzz/meter.ts';
import { mutated } from '../../torture/fuzz/mutations.ts';
import { mutatedText } from '../../torture/fuzz/text-mutations.ts';

const SAMPLES = [Uint8Array.from({ length: 60 }, (_, i) => i), new Uint8Array(0), Uint8Array.of(255)];
const TEXTS = ['{"key":"a","value":null}', ''];

function drawn(seed: number): readonly string[] {
  const random = new Random(seed);
  const bytes = Array.from({ length: 200 }, () => Buffer.from(mutated(random, SAMPLES)).toString('hex'));
  return [...bytes, ...Array.from({ length: 200 }, () => mutatedText(random, TEXTS))];
}

test('the same seed gives the same inputs, another seed others, and no sample is changed', (t) => {
  const before = SAMPLES.map((sample) => sample.slice());
  t.deepEqual(drawn(7), drawn(7));
  t.notDeepEqual(drawn(7), drawn(8));
  t.true(new Set(drawn(7)).size > 250);
  t.deepEqual(SAMPLES, before);
});

test.serial('an allocation that is larger than its input is worth is stopped before it is made', async (t) => {
  const runs: readonly (() => object)[] = [
    () => new Uint8Array(2 ** 40),
    () => new ArrayBuffer(2 ** 40),
    () => new Float64Array(2 ** 40),
    () => new Array(2 ** 31),
  ];
  for (const run of runs) await t.throwsAsync(withinMemory({ allocated: 1000, steps: 0 }, run), { instanceOf: Unbounded });
  t.is((await withinMemory({ allocated: 1000, steps: 0 }, () => new Uint8Array(900))).length, 900);
  t.is(new Uint8Array(2000).length, 2000);
});

test.serial('what does not end is stopped', async (t) => {
  const forEver = (_: Uint8Array, meter: Meter) => {
    for (;;) meter.step();
  };
  await t.throwsAsync(attempt({ name: 'for ever', covers: [], samples: () => [], decode: forEver }, new Uint8Array(3)), {
    instanceOf: Unbounded,
  });
});

test("an engine's own error, or a defect's code, is no refusal", async (t) => {
  for (const error of [new TypeError('x'), new RangeError('x'), new Error('x')]) t.false(isCoded(error));
  const thrower = { name: 'bare', covers: [], samples: () => [], decode: () => JSON.parse('{') };
  await t.throwsAsync(attempt(thrower, new Uint8Array(1)), { instanceOf: SyntaxError });
});

test.serial('a round of the attack tries every row, and counts', async (t) => {
  const counts = { inputs: 0, refused: 0 };
  await FUZZ.round(5, (more) => {
    counts.inputs += more.inputs ?? 0;
    counts.refused += more.refused ?? 0;
  });
  t.true(counts.inputs > 3000 && counts.refused > 1000, JSON.stringify(counts));
});
