import test from 'ava';
import fc from 'fast-check';
import type { Decoder } from '../../torture/fuzz/decoder.ts';
import { BYTE_DECODERS, TEXT_DECODERS } from '../../torture/fuzz/decoders.ts';
import { attempt, fuzzBytes, fuzzText } from '../../torture/fuzz/fuzz.ts';
import { pollution } from '../../torture/fuzz/pollution.ts';

// One after the other: what an input may allocate is counted over the whole process.
const SEEDS = [1, 2, 3];

/** Samples that show a decoder where its limits are. */
const REFUSED_SAMPLES: Readonly<Record<string, number>> = {
  'packed pairs': 1,
  'lines of a file': 1,
  'a whole number': 2,
  'the files of a topic': 15,
  'the name of a topic': 4,
};

async function refusedSamples<Input extends Uint8Array | string>(decoder: Decoder<Input>): Promise<number> {
  let refused = 0;
  for (const sample of await decoder.samples()) if ((await attempt(decoder, sample)) === 'refused') refused++;
  return refused;
}

for (const decoder of BYTE_DECODERS) {
  test.serial(`${decoder.name}: what the encoders made is taken`, async (t) => {
    t.is(await refusedSamples(decoder), REFUSED_SAMPLES[decoder.name] ?? 0);
  });

  test.serial(`${decoder.name}: mutated, it is taken or refused as documented, and costs no more than its length is worth`, async (t) => {
    for (const seed of SEEDS) await t.notThrowsAsync(fuzzBytes(decoder, seed));
  });

  test.serial(`${decoder.name}: arbitrary bytes end in a code`, async (t) => {
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 400 }), fc.uint8Array({ maxLength: 60, max: 8 }));
    const property = fc.asyncProperty(bytes, async (input) => {
      await attempt(decoder, input);
      if (decoder.reseal) await attempt(decoder, decoder.reseal(input));
    });
    await t.notThrowsAsync(async () => fc.assert(property, { numRuns: 60 }));
  });
}

for (const decoder of TEXT_DECODERS) {
  test.serial(`${decoder.name}: what is meant is taken`, async (t) => {
    t.is(await refusedSamples(decoder), REFUSED_SAMPLES[decoder.name] ?? 0);
  });

  test.serial(`${decoder.name}: mutated, it is taken or refused as documented`, async (t) => {
    for (const seed of SEEDS) await t.notThrowsAsync(fuzzText(decoder, seed));
  });

  test.serial(`${decoder.name}: arbitrary text ends in a code`, async (t) => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), fc.json());
    await t.notThrowsAsync(async () =>
      fc.assert(
        fc.asyncProperty(text, async (input) => void (await attempt(decoder, input))),
        { numRuns: 60 },
      ),
    );
  });
}

test.serial('nothing of it stays on a prototype', (t) => {
  t.deepEqual(pollution(), []);
});
