import test from 'ava';
import { Level as TheirLevel } from 'level';
import { Level as OurLevel } from '../../index.ts';
import { tempDirectory } from '../support/engines.ts';
import { type LevelClass, program } from './support/level-program.ts';

test('a program sees the same of level and of lithify', async (t) => {
  // `level` has the type of what browsers have too; in Node it is classic-level.
  const theirs = await program(TheirLevel as unknown as LevelClass, await tempDirectory(t));
  const ours = await program(OurLevel, await tempDirectory(t));
  t.true(theirs.length > 30);
  t.deepEqual(ours, theirs);
});

test('the abilities that it announces are those of classic-level, and ingest', async (t) => {
  const directory = await tempDirectory(t);
  const theirs = new TheirLevel(`${directory}/theirs`);
  const ours = new OurLevel(`${directory}/ours`);
  const { additionalMethods, encodings, ...rest } = ours.supports;
  const { additionalMethods: theirMethods, encodings: theirEncodings, ...theirRest } = theirs.supports;
  t.deepEqual(rest, theirRest);
  t.deepEqual(additionalMethods, { ...theirMethods, ingest: true });
  t.deepEqual(Object.keys(encodings).sort(), Object.keys(theirEncodings).sort());
  await Promise.all([ours.close(), theirs.close()]);
});
