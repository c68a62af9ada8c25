/** Something that is measured beside the speed, in the unit that its name says. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: keyof typeof TEXT;
}

const MiB = 1024 ** 2;

const TEXT = {
  count: (value: number) => Math.round(value).toLocaleString('en-US'),
  ms: (value: number) => `${value.toFixed(value < 10 ? 2 : 0)} ms`,
  /** Bytes of one thing. */
  bytesEach: (value: number) => `${value.toFixed(1)} bytes`,
  bytes: (value: number) => (value < MiB ? `${Math.round(value).toLocaleString('en-US')} bytes` : `${(value / MiB).toFixed(1)} MiB`),
  times: (value: number) => `${value.toFixed(2)} ×`,
  share: (value: number) => `${Math.round(value * 100)} %`,
} as const;

export function figureText({ value, unit }: Figure): string {
  return TEXT[unit](value);
}
