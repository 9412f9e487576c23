import type { Engine } from "../engine";
export class LocalEngine {
  constructor() { throw new Error("todo"); }
}
export type X = Engine;
