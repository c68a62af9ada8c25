import { Random } from '../../testing/random.ts';
import type { Attack } from '../attack.ts';
import { withinMemory } from './allocations.ts';
import { Broken, type Decoder, isCoded, must, NotOne } from './decoder.ts';
import { BYTE_DECODERS, TEXT_DECODERS } from './decoders.ts';
import { allowanceFor, Meter, Unbounded } from './meter.ts';
import { mutated } from './mutations.ts';
import { pollution } from './pollution.ts';
import { mutatedText } from './text-mutations.ts';

const PER_DECODER = 120;
const RESEALED = 0.6;
const MOST_SHOWN = 400;

export interface Tried {
  decoded: number;
  refused: number;
}

/** One input: is it taken, or refused as documented? Throws where it is neither, or costs more than it is worth. */
export async function attempt<Input extends Uint8Array | string>(decoder: Decoder<Input>, input: Input): Promise<'decoded' | 'refused'> {
  const allowance = allowanceFor(input.length, decoder.room);
  const meter = new Meter(allowance);
  try {
    await withinMemory(allowance, () => decoder.decode(input, meter));
    meter.check();
    return 'decoded';
  } catch (error) {
    // Who keeps errors as causes may have kept one that no decoder throws.
    for (let at = error; at instanceof Error; at = at.cause) if (at instanceof Unbounded || at instanceof Broken) throw at;
    meter.check();
    if (error instanceof NotOne || (decoder.isRefusal ?? isCoded)(error)) return 'refused';
    throw error;
  }
}

/** So many mutations of its samples. */
export async function fuzzBytes(decoder: Decoder<Uint8Array>, seed: number, count = PER_DECODER): Promise<Tried> {
  const random = new Random(seed).fork(decoder.name);
  const samples = await decoder.samples();
  return await tryMany(decoder, seed, count, async () => {
    const raw = mutated(random, samples);
    const isResealed = decoder.reseal !== undefined && random.chance(RESEALED);
    const input = isResealed && decoder.reseal ? decoder.reseal(raw) : raw;
    const isForeign = decoder.isSealed && !isResealed && !samples.some((sample) => Buffer.compare(sample, input) === 0);
    return { input, mustRefuse: isForeign === true };
  });
}

export async function fuzzText(decoder: Decoder<string>, seed: number, count = PER_DECODER): Promise<Tried> {
  const random = new Random(seed).fork(decoder.name);
  const samples = await decoder.samples();
  return await tryMany(decoder, seed, count, async () => ({ input: mutatedText(random, samples), mustRefuse: false }));
}

type Draw<Input> = () => Promise<{ readonly input: Input; readonly mustRefuse: boolean }>;

async function tryMany<Input extends Uint8Array | string>(
  decoder: Decoder<Input>,
  seed: number,
  count: number,
  draw: Draw<Input>,
): Promise<Tried> {
  const tried = { decoded: 0, refused: 0 };
  for (let round = 0; round < count; round++) {
    const { input, mustRefuse } = await draw();
    try {
      const outcome = await attempt(decoder, input);
      must(!(mustRefuse && outcome === 'decoded'), 'damaged bytes were taken for good');
      tried[outcome]++;
    } catch (cause) {
      const what = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
      throw new Error(`Seed ${seed}, ${decoder.name}, input ${round} (${shown(input)}): ${what}`, { cause });
    }
  }
  return tried;
}

function shown(input: Uint8Array | string): string {
  const text = typeof input === 'string' ? JSON.stringify(input) : Buffer.from(input).toString('hex');
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…, ${input.length} in all` : text;
}

/** Arbitrary and mutated bytes and text for everything of the store that reads what others may have written. */
export const FUZZ: Attack = {
  name: 'fuzz',
  promises: [6, 8],
  async round(seed, report) {
    for (const decoder of BYTE_DECODERS) report(countsOf(await fuzzBytes(decoder, seed)));
    for (const decoder of TEXT_DECODERS) report(countsOf(await fuzzText(decoder, seed)));
    const polluted = pollution();
    if (polluted.length > 0) throw new Error(`Seed ${seed}: these grew on prototypes: ${polluted.join(', ')}`);
  },
};

function countsOf({ decoded, refused }: Tried): Record<string, number> {
  return { inputs: decoded + refused, refused };
}
