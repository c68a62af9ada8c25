import test from 'ava';
import { type LogEdit, logBlobs } from '../../storage/log/catalog.ts';
import type { BlobExtent, LogPart } from '../../storage/log/part.ts';
import type { VersionEdit } from '../../storage/tablet/contract.ts';
import { applyToState, EMPTY_EDIT, emptyState, type ManifestState } from '../../storage/tablet/manifest-state.ts';
import { sweep } from '../../storage/tablet/sweep.ts';
import { TabletState } from '../../storage/tablet/tablet-state.ts';
import { FakeDatabase } from './support/fake-database.ts';
import { content, openManifest } from './support/manifests.ts';

const extent = (id: number): BlobExtent => ({ id, blocks: 3, bytes: 100 * id });
const PART: Omit<LogPart, 'blob' | 'firstOffset' | 'lastOffset'> = {
  ...{ firstBlock: 0, blocks: 1, records: 1, bytes: 20, untimed: 0, agedAt: -1.5, compacted: false, staged: [] },
};
const part = (id: number, firstOffset: number, lastOffset: number, more: Partial<LogPart> = {}): LogPart => ({
  ...{ ...PART, blob: extent(id), firstOffset, lastOffset },
  ...more,
});
const created = (id: number, name: string, partitions = 1): LogEdit => ({ created: [{ id, name, partitions }] });
const aged = (topic: number, added: LogPart[], partition = 0): LogEdit => ({
  changes: [{ topic, partition, removed: [], added, agedTo: Math.max(...added.map(({ lastOffset }) => lastOffset)) + 1 }],
});

test('topics, parts, groups and staged values are there after reopening, from edits and from a snapshot', async (t) => {
  const edits: LogEdit[] = [
    created(1, 'a/b: ✓'),
    created(2, '..', 3),
    { staged: [extent(7), extent(8)] },
    aged(2, [part(10, 4, 9, { minTimestamp: -0.5, maxTimestamp: 1.5e12, staged: [extent(7)], firstBlock: 2, compacted: true })], 2),
    { groups: [{ topic: 2, partition: 2, group: 'grüppe', offset: 5, committedAt: 17.25 }] },
    { dropped: [1] },
  ];
  for (const snapshotEntries of [256, 1]) {
    const database = new FakeDatabase();
    const { manifest } = await openManifest(database, { snapshotEntries });
    for (const log of edits) await manifest.commit({ ...EMPTY_EDIT, log });
    const again = await openManifest(database.copy());
    t.deepEqual(content(again.state), content(manifest.state));
    const { logs } = again.state.version;
    t.is(logs.nextTopic, 3);
    t.deepEqual([...logs.topics.values()], [{ id: 2, name: '..', partitions: 3 }]);
    t.deepEqual([...logs.staged.keys()], [8]);
    t.is(logs.partitions.get('2/2')?.agedTo, 10);
  }
});

test('an id is not given again after its topic was dropped, not even after a snapshot', async (t) => {
  const database = new FakeDatabase();
  const { manifest } = await openManifest(database, { snapshotEntries: 1 });
  for (const log of [created(1, 'a'), { dropped: [1] }]) await manifest.commit({ ...EMPTY_EDIT, log });
  for (let i = 0; i < 5; i++) await manifest.commit(EMPTY_EDIT);
  const { state, manifest: again } = await openManifest(database);
  t.is(state.version.logs.nextTopic, 2);
  await t.throwsAsync(again.commit({ ...EMPTY_EDIT, log: created(1, 'b') }), { code: 'LITHIFY_INTERNAL' });
});

test('a shared blob is garbage when its last part goes, whichever that is, and not before', (t) => {
  const tablet = tabletOf(
    created(1, 'a'),
    created(2, 'b'),
    aged(1, [part(10, 0, 3, { firstBlock: 0 })]),
    aged(2, [part(10, 0, 3, { firstBlock: 2 })]),
  );
  const swap = (topic: number, firstBlock: number, id: number): VersionEdit => ({
    ...EMPTY_EDIT,
    log: { changes: [{ topic, partition: 0, removed: [{ blobId: 10, firstBlock }], added: [part(id, 1, 3)] }] },
  });
  t.deepEqual(commit(tablet, swap(2, 2, 11)).garbage, []);
  t.deepEqual(commit(tablet, swap(1, 0, 12)).garbage, [extent(10)]);
  t.deepEqual(tablet.collectable([10, 11]).inUse, [11]);
});

test('a staged value moves with its record, and is garbage when that is dropped', (t) => {
  const staged = [extent(5), extent(6)];
  const tablet = tabletOf(created(1, 'a'), { staged }, aged(1, [part(10, 0, 3, { staged })]));
  const edit = commit(tablet, {
    ...EMPTY_EDIT,
    log: {
      changes: [{ topic: 1, partition: 0, removed: [{ blobId: 10, firstBlock: 0 }], added: [part(11, 3, 3, { staged: [extent(6)] })] }],
    },
  });
  t.deepEqual(edit.garbage, [extent(5), extent(10)]);
});

test('a dropped topic leaves nothing but garbage, also what was being aged or rewritten meanwhile', (t) => {
  const tablet = tabletOf(
    created(1, 'a'),
    { groups: [{ topic: 1, partition: 0, group: 'g', offset: 1, committedAt: 0 }], staged: [extent(9)] },
    aged(1, [part(10, 0, 3, { staged: [extent(5)] })]),
  );
  t.deepEqual(commit(tablet, { ...EMPTY_EDIT, log: { dropped: [1], unstaged: [9] } }).garbage, [extent(5), extent(9), extent(10)]);
  t.deepEqual(commit(tablet, { ...EMPTY_EDIT, log: aged(1, [part(11, 4, 5)]) }).garbage, [extent(11)]);
  t.deepEqual([...logBlobs(tablet.version.logs)], []);
  t.is(tablet.version.logs.groups.size, 0);
});

test('what a reader of the version before can see of a replaced part is not deleted before it lets go', (t) => {
  const tablet = tabletOf(created(1, 'a'), aged(1, [part(10, 0, 3)]));
  const lease = tablet.acquire('subscription');
  commit(tablet, {
    ...EMPTY_EDIT,
    log: { changes: [{ topic: 1, partition: 0, removed: [{ blobId: 10, firstBlock: 0 }], added: [part(11, 3, 3)] }] },
  });
  t.deepEqual(tablet.collectable().pinned, [10]);
  lease.release();
  t.deepEqual(tablet.collectable().deletable, [extent(10)]);
});

test('opening sweeps no blob of a part and no staged value, and everything else', (t) => {
  const tablet = tabletOf(created(1, 'a'), { staged: [extent(9)] }, aged(1, [part(10, 0, 3, { staged: [extent(5)] })]));
  const state: ManifestState = { ...tablet.state, epoch: 2 };
  t.deepEqual(sweep(state, [4, 5, 9, 10, 11]), [4, 11]);
});

test('an edit that would lose or double records is refused and changes nothing', (t) => {
  const tablet = tabletOf(created(1, 'a'), aged(1, [part(10, 0, 3), part(11, 6, 9)]));
  const unsound: LogEdit[] = [
    aged(1, [part(12, 9, 12)]),
    { changes: [{ topic: 1, partition: 0, removed: [], added: [part(12, 10, 12)] }] },
    { changes: [{ topic: 1, partition: 0, removed: [{ blobId: 12, firstBlock: 0 }], added: [] }] },
    { changes: [{ topic: 1, partition: 0, removed: [], added: [], agedTo: 9 }] },
    { dropped: [2] },
    created(2, 'a'),
    created(1, 'b'),
  ];
  for (const log of unsound)
    t.throws(() => applyToState(tablet.state, { ...EMPTY_EDIT, log }), { code: 'LITHIFY_INTERNAL' }, JSON.stringify(log));
});

function tabletOf(...edits: LogEdit[]): TabletState {
  const plan = { minorTrigger: 4, tableBytes: 100, baseLevelBytes: 400, levelFactor: 10 };
  const tablet = new TabletState({ state: emptyState(), plan, now: () => 0 });
  for (const log of edits) commit(tablet, { ...EMPTY_EDIT, log });
  return tablet;
}

function commit(tablet: TabletState, edit: VersionEdit): VersionEdit {
  const complete = tablet.withLogGarbage(edit);
  tablet.applied(complete);
  return complete;
}
