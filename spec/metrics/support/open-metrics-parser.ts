/** A sample of a family; its name without the family's. */
export interface Sample {
  readonly suffix: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Family {
  readonly name: string;
  readonly kind: string;
  readonly unit: string | undefined;
  readonly help: string;
  readonly samples: readonly Sample[];
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? ([^ ]+)$/s;
const NUMBER = /^(?:NaN|[+-]Inf|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/;
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: ['_total'],
  gauge: [''],
  histogram: ['_bucket', '_count', '_sum'],
};

/** OpenMetrics 1.0.0 as its specification has it, and not a bit laxer; throws at the first line that is none. */
export function parseOpenMetrics(text: string): Family[] {
  if (!text.endsWith('\n# EOF\n') && text !== '# EOF\n') throw new Error('it must end with # EOF and a line feed');
  const families: Family[] = [];
  for (const block of blocksOf(text.slice(0, -'# EOF\n'.length))) families.push(familyOf(block));
  expect(new Set(families.map(({ name }) => name)).size === families.length, 'a family stands twice');
  for (const family of families) check(family);
  return families;
}

/** A family begins with its TYPE. */
function blocksOf(text: string): string[][] {
  const blocks: string[][] = [];
  for (const line of text.split('\n').slice(0, -1)) {
    if (line.startsWith('# TYPE ')) blocks.push([]);
    const block = blocks.at(-1);
    if (block === undefined) throw new Error(`a line outside of any family: ${line}`);
    block.push(line);
  }
  return blocks;
}

function familyOf(lines: readonly string[]): Family {
  const meta = lines.filter((line) => line.startsWith('#'));
  expect(
    lines.slice(0, meta.length).every((line) => line.startsWith('#')),
    'descriptions stand before samples',
  );
  const [, name = '', kind = ''] = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(meta[0]) ?? [];
  expect(NAME.test(name), `TYPE: ${meta[0]}`);
  const rest = meta.slice(1).map((line) => {
    const [, what = '', of, said = ''] = /^# (UNIT|HELP) (\S+) (.*)$/s.exec(line) ?? [];
    expect(what !== '' && of === name, line);
    return { what, said };
  });
  expect(new Set(rest.map(({ what }) => what)).size === rest.length, `twice described: ${name}`);
  const said = (wanted: string) => rest.find(({ what }) => what === wanted)?.said;
  const samples = lines.slice(meta.length).map((line) => sampleOf(line, name, kind));
  return { name, kind, unit: said('UNIT'), help: unescaped(said('HELP') ?? ''), samples };
}

function sampleOf(line: string, family: string, kind: string): Sample {
  const [, name = '', labels = '', value = ''] = SAMPLE.exec(line) ?? [];
  expect(NUMBER.test(value), `no sample: ${line}`);
  const suffix = SUFFIXES[kind]?.find((one) => name === `${family}${one}`);
  if (suffix === undefined) throw new Error(`a ${kind} ${family} has no sample ${name}`);
  return { suffix, labels: labelsOf(labels), value: Number(value.replace('Inf', 'Infinity')) };
}

function labelsOf(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  let rest = text;
  while (rest !== '') {
    const [all, name, value] = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\[\\"n])*)"(?:,(?=.)|$)/s.exec(rest) ?? [];
    if (all === undefined || name in labels) throw new Error(`no labels: ${rest}`);
    labels[name] = unescaped(value);
    rest = rest.slice(all.length);
  }
  return labels;
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/gs, (_, special: string) => {
    expect(['\\', '"', 'n'].includes(special), `no escape: \\${special}`);
    return special === 'n' ? '\n' : special;
  });
}

function check({ name, kind, unit, samples }: Family): void {
  expect(unit === undefined || name.endsWith(`_${unit}`), `${name} does not say its unit ${unit}`);
  const series = samples.map(({ suffix, labels }) => JSON.stringify([suffix, Object.entries(labels).sort()]));
  expect(new Set(series).size === series.length, `a series of ${name} stands twice`);
  if (kind === 'counter')
    expect(
      samples.every(({ value }) => value >= 0),
      `${name} is negative`,
    );
  if (kind === 'histogram') for (const point of pointsOf(samples)) checkHistogram(name, point);
}

/** The samples of one histogram stand together. */
function pointsOf(samples: readonly Sample[]): Sample[][] {
  const points = new Map<string, Sample[]>();
  for (const sample of samples) {
    const { le: _, ...labels } = sample.labels;
    const key = JSON.stringify(labels);
    points.set(key, [...(points.get(key) ?? []), sample]);
  }
  return [...points.values()];
}

function checkHistogram(name: string, samples: readonly Sample[]): void {
  const buckets = samples.filter(({ suffix }) => suffix === '_bucket');
  const bounds = buckets.map(({ labels }) => labels.le);
  expect(bounds.at(-1) === '+Inf', `${name} has no last bucket`);
  expect(
    bounds.slice(0, -1).every((bound) => /^\d+\.\d+$/.test(bound)),
    `${name} has bounds that are no fractions: ${bounds}`,
  );
  expect(
    isAscending(
      bounds.map((bound) => Number(bound.replace('+Inf', 'Infinity'))),
      true,
    ),
    `${name}: ${bounds}`,
  );
  expect(isAscending(buckets.map(({ value }) => value)), `the buckets of ${name} are not cumulative`);
  const count = samples.filter(({ suffix }) => suffix === '_count');
  expect(count.length === 1 && count[0].value === buckets.at(-1)?.value, `${name} has another count than buckets`);
  expect(samples.filter(({ suffix }) => suffix === '_sum').length === 1, `${name} has no sum`);
}

function isAscending(numbers: readonly number[], strictly = false): boolean {
  return numbers.every((number, i) => i === 0 || (strictly ? number > numbers[i - 1] : number >= numbers[i - 1]));
}

function expect(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new Error(otherwise);
}
