import { expect, test } from "vitest";

import { deviceName } from "./device";

test("a device is named as people name it", () => {
  const gecko = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
  const edge =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0";
  const phone =
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";
  const wechat =
    "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36 MicroMessenger/8.0";
  expect(deviceName(gecko)).toBe("Firefox · Linux");
  expect(deviceName(edge)).toBe("Edge · Windows");
  expect(deviceName(phone)).toBe("Safari · iPhone");
  expect(deviceName(wechat)).toBe("WeChat · Android");
});

test("a program that is no browser keeps its own words", () => {
  expect(deviceName("hearth-bench/0.1")).toBe("hearth-bench/0.1");
  expect(deviceName("  ")).toBe("");
});
