// A process that writes until the disk is full, notes what was acknowledged, and is killed by its parent.
import { appendFileSync } from 'node:fs';
import { open } from '../../index.ts';
import { codeOf } from '../../protocol/errors.ts';
import { FULL_DISK, writeUntilRefused } from './full-disk.ts';

const [directory, notes] = process.argv.slice(2);
if (directory === undefined || notes === undefined) throw new Error('usage: fill-disk.ts DIRECTORY NOTES');

const engine = await open(directory, FULL_DISK);
const { error } = await writeUntilRefused(engine, (keys) => appendFileSync(notes, `${keys}\n`));
process.stdout.write(`refused ${codeOf(error)}\n`);
// Goes on trying, and failing, until it is killed.
setInterval(() => engine.kv.put('more', 'data').catch(() => undefined), 10);
