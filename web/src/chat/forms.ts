/** The forms that a composer gives to selected words: by a button or by its keys. */
import { type Change, link, mark, prefix, type Selection } from "../text/edit";

export { applyTo, fence, newLine } from "../text/edit";

export type Form = "bold" | "italic" | "code" | "link" | "list" | "numbers" | "quote" | "strike";

export function formed(text: string, selection: Selection, form: Form): Change {
  switch (form) {
    case "link":
      return link(text, selection);
    case "list":
    case "numbers":
    case "quote":
      return prefix(text, selection, form);
    default:
      return mark(text, selection, form);
  }
}

type Keys = Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey">;

const PLAIN: Record<string, Form> = { b: "bold", i: "italic", e: "code" };
const WITH_SHIFT: Record<string, Form> = {
  k: "link", x: "strike", "7": "numbers", "8": "list", "9": "quote",
};

/** The form that a combination of keys asks for. */
export function formOf({ key, code, ctrlKey, metaKey, shiftKey, altKey }: Keys): Form | null {
  if (altKey || ctrlKey === metaKey) return null;
  // With Shift a digit's key gives another character, and which one depends on the keyboard.
  const digit = /^Digit(\d)$/.exec(code)?.[1];
  const name = digit ?? key.toLowerCase();
  return (shiftKey ? WITH_SHIFT[name] : PLAIN[name]) ?? null;
}
