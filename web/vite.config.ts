/// <reference types="vitest/config" />
/// <reference types="node" />
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

import { budget } from "./build/budget.ts";
import { emoji } from "./build/emoji.ts";
import { precompress } from "./build/precompress.ts";
import { words } from "./build/words.ts";

// The server of `hearth up`; `npm run dev` sends it what the browser asks for under /api.
const SERVER = "http://localhost:8080";

// What a first visit loads, in a few scripts: cut wherever another page shares a part of it, it would
// come in some forty, most of them too small to be compressed well. A group takes along what its file
// imports; Mermaid brings a marked of its own, which is not meant.
const FIRST = [
  // The frame of diagrams, where nothing of the app may run, imports it too.
  { name: "preload", test: /vite\/preload-helper/, priority: 4 },
  { name: "library", test: /(?<!\/mermaid)\/node_modules\/(?:marked|dompurify)\//, priority: 3 },
  { name: "ground", test: /\/src\/App\.svelte$/, priority: 2 },
  { name: "chat", test: /\/src\/pages\/Chat\.svelte$/, priority: 1 },
];

export default defineConfig({
  plugins: [
    svelte(),
    emoji(),
    words(),
    precompress(),
    budget({ scriptBytesMax: 100_000, styleBytesMax: 15_000 }),
  ],
  build: {
    target: "es2022",
    // A favicon as a data: address could not be told apart from an injected one.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // The second page is the frame in which diagrams are drawn.
    rolldownOptions: {
      input: ["index.html", "diagram.html"],
      output: { codeSplitting: { groups: FIRST } },
    },
  },
  worker: { format: "es" },
  server: { proxy: { "/api": { target: SERVER, ws: true }, "/healthz": SERVER } },
  // Svelte's server half has no effects; the tests want what the browser gets.
  resolve: process.env["VITEST"] ? { conditions: ["browser"] } : {},
  test: { environment: "jsdom", include: ["src/**/*.test.ts"], restoreMocks: true },
});
