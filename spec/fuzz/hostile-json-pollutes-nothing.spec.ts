import test from 'ava';
import { formatRecord, parseRecord } from '../../cli/record.ts';
import { LithifyError } from '../../protocol/errors.ts';
import { applyLogEdit, EMPTY_CATALOG } from '../../storage/log/catalog.ts';
import { parseProducerRecord, toJsonLine } from '../../storage/log/json.ts';
import { FieldRecord, FieldWriter } from '../../storage/tablet/fields.ts';
import { decodeLogEdit, encodeLogEdit } from '../../storage/tablet/log-codec.ts';
import { pollution } from '../../torture/fuzz/pollution.ts';

const INHERITED = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '__defineGetter__'];

test.afterEach((t) => {
  t.deepEqual(pollution(), []);
  t.false('polluted' in {});
});

for (const name of INHERITED) {
  test.serial(`a field that is called ${name} is refused wherever one may stand`, (t) => {
    const field = `${JSON.stringify(name)}:{"polluted":true,"topic":"x","key":1}`;
    // Sixteen digits: then integers are read exactly, on a way of their own.
    for (const key of ['7', '1234567890123456789']) {
      const line = `{${field},"topic":"t","headers":null,"key":${key},"value":""}`;
      t.throws(() => parseProducerRecord(line), { instanceOf: LithifyError, code: 'LITHIFY_INVALID_ARGUMENT', message: /unknown/ });
      const header = `{"topic":"t","headers":[{"key":"h","value":"",${field}}],"key":${key},"value":""}`;
      t.throws(() => parseProducerRecord(header), { instanceOf: LithifyError, code: 'LITHIFY_INVALID_ARGUMENT' });
    }
    t.throws(() => parseRecord(Buffer.from(`{${field},"key":"a","value":"b"}`)), { message: /unknown field/ });
  });

  test.serial(`keys, values, headers and topics that are called ${name} are data like others`, (t) => {
    const line = `{"topic":${JSON.stringify(name)},"headers":[{"key":${JSON.stringify(name)},"value":"YQ=="}],"key":1,"value":"YQ=="}`;
    const record = parseProducerRecord(line);
    t.is(record.topic, name);
    t.is(record.headers?.[0].key, name);
    t.deepEqual(
      parseProducerRecord(toJsonLine({ ...record, value: Buffer.from('a'), headers: record.headers ?? [], partition: 0, offset: 0 })),
      {
        ...record,
        partition: 0,
      },
    );
    const bytes = Buffer.from(name);
    const { key, value } = parseRecord(Buffer.from(formatRecord(bytes, bytes)));
    t.deepEqual([Buffer.from(key).toString(), Buffer.from(value ?? '').toString()], [name, name]);
  });

  test.serial(`a topic and a group that are called ${name} are found under their names`, (t) => {
    const group = { topic: 1, partition: 0, group: name, offset: 5, committedAt: 1 };
    const edit = decodeLogEdit(encodeLogEdit({ created: [{ id: 1, name, partitions: 1 }], groups: [group] }));
    const catalog = applyLogEdit(EMPTY_CATALOG, edit);
    t.is(catalog.topics.get(1)?.name, name);
    t.deepEqual([...catalog.groups.values()], [group]);
  });
}

test.serial('a field that was not given is not found on a prototype', (t) => {
  for (const line of ['{}', '{"headers":null}', '[]', '"toString"'])
    t.throws(() => parseProducerRecord(line), { instanceOf: LithifyError, code: 'LITHIFY_INVALID_ARGUMENT' });
  t.throws(() => parseRecord(Buffer.from('{}')), { message: 'no key' });
  const record = new FieldRecord(new FieldWriter().number(1, 2).finish(), { toString: 1, constructor: 2 }, 'a record');
  t.is(record.number('toString'), 2);
  t.false(record.has('constructor'));
});

test.serial('text that is nested deeper than the stack is refused by a code', (t) => {
  const deep = '['.repeat(200_000);
  for (const value of [deep, deep + ']'.repeat(200_000)]) {
    for (const key of ['1', '1234567890123456789']) {
      const line = `{"topic":"t","headers":${value},"key":${key},"value":""}`;
      t.throws(() => parseProducerRecord(line), { instanceOf: LithifyError, code: 'LITHIFY_INVALID_ARGUMENT' });
    }
    t.throws(() => parseRecord(Buffer.from(`{"key":${value},"value":"b"}`)), { name: 'BadRecord' });
  }
});
