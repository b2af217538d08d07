/** Landscapes drawn by the browser: pictures to share that are nobody's. */

/** @typedef {{ sky: string[], sun: [number, number, string], hills: string[], seed: number }} View */

/** @type {Record<string, View>} */
export const VIEWS = {
  dawn: {
    sky: ["#2b3a67", "#e98a5b", "#ffd9a0"],
    sun: [0.62, 0.56, "#fff1c9"],
    hills: ["#8c6a7f", "#5d4a66", "#33304a"],
    seed: 3,
  },
  lake: {
    sky: ["#7fb4d6", "#cfe6ee", "#f6efe0"],
    sun: [0.24, 0.3, "#ffffff"],
    hills: ["#8fb3a8", "#5a8a80", "#2f5d5b"],
    seed: 11,
  },
  dusk: {
    sky: ["#131a33", "#4b2d5a", "#d9583b"],
    sun: [0.4, 0.66, "#ffb36b"],
    hills: ["#5a2f4d", "#38213f", "#170f24"],
    seed: 29,
  },
};

/**
 * Draws a view, 1200 by 800 pixels, as a JPEG.
 *
 * @param {import("playwright-core").Page} page
 * @param {View} view
 * @returns {Promise<Buffer>}
 */
export async function draw(page, view) {
  const data = await page.evaluate(({ sky, sun, hills, seed }) => {
    const [width, height] = [1200, 800];
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    const brush = canvas.getContext("2d");
    const fill = (style, shape) => {
      brush.fillStyle = style;
      brush.beginPath();
      shape();
      brush.fill();
    };
    const air = brush.createLinearGradient(0, 0, 0, height * 0.8);
    sky.forEach((colour, at) => air.addColorStop(at / (sky.length - 1), colour));
    fill(air, () => brush.rect(0, 0, width, height));
    const [x, y, light] = sun;
    const glow = brush.createRadialGradient(x * width, y * height, 20, x * width, y * height, 420);
    glow.addColorStop(0, light);
    glow.addColorStop(0.12, `${light}99`);
    glow.addColorStop(1, `${light}00`);
    fill(glow, () => brush.rect(0, 0, width, height));
    hills.forEach((colour, row) => {
      const base = height * (0.58 + row * 0.13);
      const ridge = (at) =>
        base - 70 * Math.sin(at / (170 - row * 30) + seed + row * 2) - 34 * Math.sin(at / 61 + seed * row);
      fill(colour, () => {
        brush.moveTo(0, height);
        for (let at = 0; at <= width; at += 4) brush.lineTo(at, ridge(at));
        brush.lineTo(width, height);
      });
    });
    return canvas.toDataURL("image/jpeg", 0.9).split(",")[1];
  }, view);
  return Buffer.from(data, "base64");
}
