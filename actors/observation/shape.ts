import type { StoreShape } from '../../protocol/shape.ts';
import type { Core } from '../core.ts';

export function shapeOf(_core: Core): StoreShape {
  throw new Error('being written');
}
