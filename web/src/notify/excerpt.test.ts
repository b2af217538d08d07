import { expect, test } from "vitest";

import { excerpt } from "./excerpt";

test("an excerpt is one plain line", () => {
  expect(excerpt("## Plan\n\n- **tea**\n- `paper`\n\n[a link](https://x.invalid)")).toBe("Plan tea paper a link");
  expect(excerpt("```js\nlet a = 1;\n```")).toBe("let a = 1;");
});

test("a long one ends with three dots, between whole characters", () => {
  const family = "👨‍👩‍👧".repeat(200);
  const cut = excerpt(family);
  expect(cut.endsWith("👨‍👩‍👧…")).toBe(true);
  expect([...new Intl.Segmenter().segment(cut)].length).toBe(140);
  expect(excerpt("x".repeat(1_000_000)).length).toBe(140);
});
