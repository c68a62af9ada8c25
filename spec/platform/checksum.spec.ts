import test from 'ava';
import fc from 'fast-check';
import { checksum } from '../../platform/checksum.ts';

test('the checksum is CRC-32 as zlib, PNG and Ethernet have it', (t) => {
  t.is(checksum(new TextEncoder().encode('123456789')), 0xcbf43926);
  t.is(checksum(new Uint8Array(0)), 0);
});

test('continuing from a checksum equals the checksum of everything, and is unsigned', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 200 }), (head, tail) => {
      const whole = checksum(Uint8Array.from([...head, ...tail]));
      t.is(checksum(tail, checksum(head)), whole);
      t.true(whole >= 0 && whole <= 0xffffffff);
    }),
  );
  t.pass();
});
