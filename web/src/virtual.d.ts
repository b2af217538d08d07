/** Made at build time; see `build/emoji.ts`. */
declare module "virtual:emoji" {
  const lines: string;
  export default lines;
}

declare module "*.json?later" {
  const later: Record<string, string>;
  export default later;
}
