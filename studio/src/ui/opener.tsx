import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import type { Target } from "../app";
import { ACCEPTED } from "../pictures";
import { useShared } from "./context";

/** A button that opens the system's file chooser; also a place to drop on. */
export function Opener(props: {
  target: Exclude<Target, "auto">;
  class?: string;
  label?: string;
  id?: string;
  children: ComponentChildren;
}) {
  const { app } = useShared();
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button
        type="button"
        id={props.id}
        class={props.class}
        aria-label={props.label}
        title={props.label}
        data-drop={props.target}
        onClick={() => input.current?.click()}
      >
        {props.children}
      </button>
      <input
        ref={input}
        type="file"
        accept={ACCEPTED}
        multiple={props.target === "reference"}
        hidden
        data-opens={props.target}
        onChange={(event) => {
          const files = [...(event.currentTarget.files ?? [])];
          event.currentTarget.value = "";
          void app.open(files, props.target);
        }}
      />
    </>
  );
}
