/**
 * Arrow keys inside a widget that is one stop of the Tab key: tabs, the tree of actors, the tables of a level. What can be
 * reached carries `data-stop`; the chosen one has tabindex 0, all others -1.
 */
const STEPS: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

export function moveFocus(event: KeyboardEvent): void {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const stops = Array.from((event.currentTarget as Element).querySelectorAll<HTMLElement | SVGElement>('[data-stop]'));
  const next = nextStop(event.key, stops.indexOf(document.activeElement as HTMLElement), stops.length);
  if (next === undefined) return;
  event.preventDefault();
  stops[next].focus();
}

function nextStop(key: string, at: number, count: number): number | undefined {
  if (at < 0) return undefined;
  if (key === 'Home') return 0;
  if (key === 'End') return count - 1;
  const step = STEPS[key];
  return step === undefined ? undefined : (at + step + count) % count;
}

/** Enter and the space bar, for what is no button. */
export function onPress(press: () => void): (event: KeyboardEvent) => void {
  return (event) => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    press();
  };
}
