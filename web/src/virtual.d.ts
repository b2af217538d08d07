/** Made at build time; see `build/emoji.ts`. */
declare module "virtual:emoji" {
  const lines: string;
  export default lines;
}
