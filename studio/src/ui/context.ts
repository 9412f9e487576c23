import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { App } from "../app";
import type { Translate } from "../i18n";

export interface Shared {
  readonly app: App;
  readonly t: Translate;
}

export const Context = createContext<Shared>(null as unknown as Shared);

export function useShared(): Shared {
  return useContext(Context);
}
