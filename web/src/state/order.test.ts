import { expect, it } from "vitest";

import { steadyOrder } from "./order";

it("keeps the list while nothing moves", () => {
  const sort = steadyOrder<number>((a, b) => b - a);
  const first = sort([{ id: "a", by: 1 }, { id: "b", by: 2 }]);
  expect(first).toEqual(["b", "a"]);
  expect(sort([{ id: "a", by: 1 }, { id: "b", by: 2 }])).toBe(first);
  expect(sort([{ id: "a", by: 1 }, { id: "b", by: 9 }])).toBe(first);
  expect(sort([{ id: "a", by: 10 }, { id: "b", by: 9 }])).toEqual(["a", "b"]);
  expect(sort([{ id: "a", by: 10 }])).toEqual(["a"]);
});
