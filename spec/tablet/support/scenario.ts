import test from 'ava';
import type { PlanOptions } from '../../../storage/tablet/contract.ts';
import { plan } from '../../../storage/tablet/plan.ts';
import { layout, plannedText, SMALL } from './notation.ts';

/** A layout and what is planned for it, both as text; `not …` lines only where the scenario is about them. */
export function planned(title: string, tables: string, expected: string, options: Partial<PlanOptions> = {}): void {
  test(title, (t) => {
    const found = plannedText(plan(layout(tables), { ...SMALL, ...options }));
    const wanted = expected
      .trim()
      .split('\n')
      .map((line) => line.trim());
    const lines = wanted.some((line) => line.startsWith('not ')) ? found.split('\n') : found.split('\n').slice(0, 1);
    t.deepEqual(lines, wanted);
  });
}
