import { expect, test } from "vitest";
import { area } from "./shop";

test("the area is width times height", () => {
  expect(area(3, 4)).toBe(12);
});
