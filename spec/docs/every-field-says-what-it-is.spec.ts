import test from 'ava';
import { exportedFields, fieldsOf } from './support/interfaces.ts';
import { ROOT } from './support/samples.ts';

const ENTRIES = ['index.ts', 'inspector/index.ts', 'machines/index.ts', 'testing/index.ts'];

for (const entry of ENTRIES) {
  test(`every field of an interface that ${entry} exports has a docstring`, (t) => {
    const untold = exportedFields(`${ROOT}${entry}`).filter(({ isTold }) => !isTold);
    t.deepEqual(
      untold.map(({ name }) => name),
      [],
    );
  });
}

test('statistics and options are among them, however deep a field stands and wherever the interface comes from', (t) => {
  const names = new Set(ENTRIES.flatMap((entry) => exportedFields(`${ROOT}${entry}`)).map(({ name }) => name));
  for (const name of ['EngineStats.mailbox.depth', 'OpenOptions.workers', 'IngestReport.tables', 'Health.rssBytes', 'FaultRule.from'])
    t.true(names.has(name), name);
});

test('a field without a docstring is found at any depth, in a line with others, and behind one that has one', (t) => {
  const source = `
interface Other {
  readonly other: number;
}

export interface Stats<T> extends Other {
  /** Now. */
  readonly told: number;
  readonly untold?: number;
  readonly type: 'stats';
  /** Of all. */
  readonly outer: {
    /** Bytes. */
    readonly bytes: number;
    readonly blobs: readonly T[];
  };
  /** At once. */
  readonly inline: readonly { readonly a: number; readonly b?: string }[];
  call(options: { readonly deep: number }): { readonly last: number };
}
`;
  const untold = fieldsOf(source, 'Stats').filter(({ isTold }) => !isTold);
  t.deepEqual(
    untold.map(({ name }) => name),
    ['Stats.untold', 'Stats.outer.blobs', 'Stats.inline.a', 'Stats.inline.b', 'Stats.call', 'Stats.call.last'],
  );
});
