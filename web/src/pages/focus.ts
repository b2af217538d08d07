/** Puts the cursor into the first field of a question. */
export function focus(input: HTMLInputElement): void {
  input.focus();
}
